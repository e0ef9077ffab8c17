//! Images that are larger than the stack: what works on slices, training and evaluation do not put them there.

use plywood::augment::Flip;
use plywood::data::{Examples, Transformed};
use plywood::{
    Backprop, Batch, Dataset, Image, Model, Predictor, Shape, SoftmaxCrossEntropy, Trainer, evaluate, network,
};

type Large = Image<224, 224, 3>;

network! { Net: Image<224, 224, 3> => Flat<2> { avg_pool(32), flatten, dense(2) } }

/// Less than one image, which takes 588 KiB.
const STACK: usize = 512 << 10;

fn images() -> Examples<Large> {
    Examples::from_bytes(vec![100; 4 * Large::LEN], vec![0, 1, 1, 0]).expect("four images")
}

fn slices() {
    let (mut x, mut y) = (vec![0.0_f32; Large::LEN], [0.0_f32; 2]);
    images().read(1, &mut x);
    Predictor::new(&Model::<Net>::new(1)).infer_into(&x, &mut y);
    assert!(y[0].is_finite());
}

fn steps() {
    let (mut model, mut x) = (Model::<Net>::new(1), vec![0.0_f32; 2 * Large::LEN]);
    x.chunks_exact_mut(Large::LEN).enumerate().for_each(|(i, x)| _ = images().read(i, x));
    let mut work = Backprop::new(2).expect("a batch");
    assert!(work.run(&mut model, &SoftmaxCrossEntropy, &x, &[0, 1], 1).is_finite());
}

fn training() {
    let data = Transformed::new(images(), Flip::<Large>::new());
    let trainer = Trainer::new().epochs(1).batch_size(2);
    trainer.run(&mut Model::<Net>::new(1), &data).validate(&images()).fit().expect("a run");
}

fn evaluation() {
    let (model, data) = (Model::<Net>::new(1), Transformed::new(images(), Flip::<Large>::new()));
    assert_eq!(evaluate(&model, &data).expect("an evaluation").count, 4);
}

fn calibration() {
    Model::<Net>::new(1).calibrate(&images(), 2).expect("batches");
}

fn boxes() {
    let (model, x) = (Model::<Net>::new(1), images().boxed_example(0));
    let [alone, together] = [model.infer(&x), Predictor::new(&model).infer(&x)];
    assert!((alone[0] - together[0]).abs() < 1e-5, "{alone:?} and {together:?}");
    assert_eq!(model.infer_batch(&Batch::from_examples([&*x].into_iter())).as_slice(), together);
    assert!(Large::as_slice::<f32>(&Large::boxed_zeros()).iter().all(|&x| x == 0.0));
}

#[test]
fn images_need_no_large_stack() {
    let ways: [(&str, fn()); 6] = [
        ("slices", slices),
        ("steps", steps),
        ("training", training),
        ("evaluation", evaluation),
        ("calibration", calibration),
        ("boxes", boxes),
    ];
    for (name, way) in ways {
        // a stack that overflows ends the program
        println!("{name} on {STACK} bytes of stack");
        let thread = std::thread::Builder::new().stack_size(STACK).spawn(way).expect("a thread");
        assert!(thread.join().is_ok(), "{name}");
    }
}
