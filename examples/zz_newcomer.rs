use plywood::data::{Split, digits, Examples};
use plywood::layers::*;
use plywood::loss::*;
use plywood::optim::*;
use plywood::train::search::{Search, grid, log_draws};
use plywood::train::*;
use plywood::*;

network! {
    Net: Image<28, 28, 1> => Flat<10> {
        conv1: conv(8, kernel = 5), relu, max_pool(2), flatten, dense(64), batch_norm, relu, dropout(0.2), dense(10)
    }
}

struct Sine(usize, u64);
impl Dataset for Sine {
    type Example = Flat<1>;
    type Target = [f32; 1];
    fn len(&self) -> usize { self.0 }
    fn read<T: Scalar>(&self, index: usize, x: &mut [T]) -> [f32; 1] {
        let at = ((index as u64 * 2654435761 + self.1 * 40503) % 10007) as f64 / 10007.0 * 6.0 - 3.0;
        x[0] = T::of(at);
        [at.sin() as f32]
    }
}

struct Bits(usize, u64);
impl Dataset for Bits {
    type Example = Flat<4>;
    type Target = [f32; 3];
    fn len(&self) -> usize { self.0 }
    fn read<T: Scalar>(&self, index: usize, x: &mut [T]) -> [f32; 3] {
        let mut v = [0.0; 4];
        for (k, (x, v)) in x.iter_mut().zip(&mut v).enumerate() {
            *v = (((index as u64 + 1) * (k as u64 + 3) * 2654435761 + self.1) % 1000) as f64 / 500.0 - 1.0;
            *x = T::of(*v);
        }
        [(v[0] > 0.0) as u8 as f32, (v[1] + v[2] > 0.0) as u8 as f32, (v[3] > 0.5) as u8 as f32]
    }
}

fn main() -> Result<()> {
    let threads = Threads::all()?;
    let (train, validation) = Split::train(digits(3000, 1)).hold_out(600)?;
    let test = Split::test(digits(1000, 9));
    let trainer = Trainer::new()
        .epochs(8)
        .batch_size(32)
        .accumulate(2)
        .optimizer(AdamW::default())
        .learning_rate(Schedule::one_cycle(0.003).warm_up(10))
        .loss(SmoothedCrossEntropy { smoothing: 0.05 })
        .l2(1e-5)
        .clip(Clip::Norm(2.0))
        .average(0.99)
        .early_stopping(3)
        .keep_best(true)
        .seed(7)
        .threads(&threads)
        .progress(true)
        .log("/tmp/n6/log.jsonl")
        .picture("/tmp/n6/curves.svg")
        .checkpoint(Checkpoints::new("/tmp/n6/run.safetensors").every(Every::Epochs(2)));
    let mut model = Model::<Net>::new(1);
    let mut watching = (trainer.recorder("/tmp/n6/all", &validation), TensorBoard::new("/tmp/n6/board").every(5));
    let report = trainer.fit_with(&mut model, &train, Some(&validation), &mut watching)?;
    println!("{report}\nbest {:?}", report.best());
    let evaluation = evaluate(&model, &test, &threads)?;
    println!("{evaluation}\n{}", evaluation.confusion);
    println!("top 3: {}", evaluation.top(3));

    let mut regressor = Model::<((Dense<1, 32>, Tanh<Flat<32>>), Dense<32, 1>)>::new(3);
    let trainer = Trainer::new().epochs(30).optimizer(Adam::default()).learning_rate(0.01).loss(Huber { delta: 0.5 });
    let held = Sine(100, 5);
    let mut recorder = record::Recorder::without_classes("/tmp/n6/sine", &held).settings(trainer.settings());
    let report = trainer.fit_with(&mut regressor, &Sine(500, 1), Some(&held), &mut recorder)?;
    println!("{report}");
    for finding in recorder.findings() { println!("* {finding}"); }
    println!("{:?}", regressor.infer(&[0.5]));

    let mut multi = Model::<((Dense<4, 16>, Relu<Flat<16>>), Dense<16, 3>)>::new(3);
    let trainer = Trainer::new().epochs(20).loss(BinaryCrossEntropy);
    println!("{}", trainer.fit(&mut multi, &Bits(500, 1), Some(&Bits(100, 999)))?);

    let start = |&(rate, lambda): &(f64, f64)| {
        let trainer = Trainer::new().epochs(3).learning_rate(rate).l2(lambda).keep_best(true).early_stopping(2);
        Ok((Model::<((Flatten<Image<28, 28, 1>, 784>, Dense<784, 32>), (Relu<Flat<32>>, Dense<32, 10>))>::new(1), trainer))
    };
    let found = Search::new().parallel(2).run(grid(&[0.01, 0.1, 30.0], &[0.0, 1e-3]), start, &train, &validation)?;
    println!("{found}");
    found.draw("/tmp/n6/search.svg", "learning rate", |s| s.0)?;
    let (model, report) = found.retrain(start, &train, &validation)?;
    println!("{report}\n{}", evaluate(&model, &test, &threads)?);
    let found = Search::new().run(log_draws(1e-4, 1.0, 4, 3)?, |&rate| Ok((Model::<Net>::new(1), Trainer::new().epochs(1).learning_rate(rate))), &train, &validation)?;
    println!("{found}");
    let _: Option<Examples<Flat<1>>> = None;
    Ok(())
}
