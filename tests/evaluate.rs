//! Evaluation: counts right, on any number of threads.

use nalgebra::DMatrix;
use plywood::data::{Examples, digits};
use plywood::layers::{Dense, Flatten};
use plywood::{Batch, Flat, Image, Loss, Model, Predictor, SoftmaxCrossEntropy, Threads, evaluate, softmax};
use proptest::prelude::*;

type Softmax = (Flatten<Image<28, 28, 1>, 784>, Dense<784, 10>);

/// The class is the first number.
fn first_number_decides() -> Model<Dense<1, 3>, f64> {
    let mut model = Model::new(0);
    // scores −x², up to a term that all share: 0, 2x − 1, 4x − 4 are largest at 0, 1 and 2
    model.params_mut().copy_from_slice(&[0.0, 2.0, 4.0, 0.0, -1.0, -4.0]);
    model
}

#[test]
fn an_empty_batch_gives_an_empty_one() {
    let model = first_number_decides();
    assert!(model.infer_batch(&Batch::zeros(0)).is_empty());
    Predictor::new(&model).infer_into(&[], &mut []);
}

#[test]
fn the_confusion_matrix_counts_classes() {
    // (number, label)
    let examples = [(0.0, 0), (0.0, 0), (1.0, 0), (1.0, 1), (2.0, 1), (2.0, 1)];
    let data = Examples::<Flat<1>>::from_arrays(examples.map(|(x, label)| ([x], label))).expect("examples");
    let evaluation = evaluate(&first_number_decides(), &data, &Threads::one()).expect("an evaluation");
    let confusion = &evaluation.confusion;
    assert_eq!(*confusion.counts(), DMatrix::from_row_slice(3, 3, &[2, 1, 0, 0, 1, 2, 0, 0, 0]));
    assert_eq!((confusion.correct(), confusion.total()), (3, 6));
    assert_eq!([0, 1, 2].map(|class| confusion.recall(class)), [Some(2.0 / 3.0), Some(1.0 / 3.0), None]);
    assert_eq!((evaluation.correct, evaluation.count, evaluation.error), (3, 6, 0.5));
    assert!((evaluation.accuracy() - 0.5).abs() < 1e-15);
    assert_eq!(
        confusion.to_string(),
        "class   0   1   2    recall\n    0   2   1   0    66.7 %\n    1   0   1   2    33.3 %\n    2   0   0   0         -\n"
    );
    assert!(evaluation.to_string().starts_with("error 50.00 %, 3 of 6 right, loss "));
}

#[test]
fn an_example_with_a_score_that_is_not_a_number_is_wrong() {
    let examples = [(0.0, 0), (1.0, 1), (2.0, 2)];
    let data = Examples::<Flat<1>>::from_arrays(examples.map(|(x, label)| ([x], label))).expect("examples");
    // one class's score is NaN for all examples, or all are: no class is then the largest
    for range in [0..1, 2..3, 0..3] {
        let mut model = first_number_decides();
        model.params_mut()[range].fill(f64::NAN);
        let evaluation = evaluate(&model, &data, &Threads::one()).expect("an evaluation");
        assert_eq!((evaluation.correct, evaluation.count, evaluation.error), (0, 3, 1.0));
        assert_eq!(evaluation.confusion.total(), 0);
        let scores = [f64::NAN, 0.0, 1.0, 0.0, f64::NAN, 1.0, 0.0, 1.0, 2.0];
        let mistakes =
            <SoftmaxCrossEntropy as Loss<Flat<3>>>::mistakes(&SoftmaxCrossEntropy, &scores, &[0, 2, 2]);
        assert_eq!(mistakes, Some(2));
    }
}

#[test]
fn softmax_is_defined_for_infinite_scores() {
    let inf = f64::INFINITY;
    let cases = [
        ([inf, 0.0], [1.0, 0.0]),
        ([inf, inf], [0.5, 0.5]),
        ([-inf, -inf], [0.5, 0.5]),
        ([-inf, 3.0], [0.0, 1.0]),
        ([inf, -inf], [1.0, 0.0]),
        ([1e300, 1e300], [0.5, 0.5]),
    ];
    for (mut scores, expected) in cases {
        softmax(&mut scores);
        assert_eq!(scores, expected);
    }
    for mut scores in [[f64::NAN, 0.0], [0.0, f64::NAN], [inf, f64::NAN]] {
        softmax(&mut scores);
        assert!(scores.iter().all(|p| p.is_nan()), "{scores:?}");
    }
}

proptest! {
    #[test]
    fn accuracy_is_the_share_of_the_diagonal(count in 1_usize..300, seed: u64) {
        let data = digits(count, seed);
        let model = Model::<Softmax>::new(seed);
        let evaluation = evaluate(&model, &data, &Threads::one()).expect("an evaluation");
        let counts = evaluation.confusion.counts();
        let diagonal: usize = (0..10).map(|class| counts[(class, class)]).sum();
        prop_assert_eq!(evaluation.confusion.total(), count);
        prop_assert!((evaluation.accuracy() - diagonal as f64 / count as f64).abs() < 1e-15);
        prop_assert!((evaluation.accuracy() + evaluation.error - 1.0).abs() < 1e-15);
        // each row is a class of the data, whatever the model says
        for class in 0..10 {
            let labels = data.labels().iter().filter(|label| **label == class).count();
            prop_assert_eq!(counts.row(class).iter().sum::<usize>(), labels);
        }
    }
}

#[test]
fn an_evaluation_does_not_depend_on_threads() {
    let data = digits(1000, 1);
    let model = Model::<Softmax>::new(1);
    let on = |threads| {
        let threads = Threads::new(threads).expect("threads");
        evaluate(&model, &data, &threads).expect("an evaluation")
    };
    let one = on(1);
    for threads in [2, 3] {
        let found = on(threads);
        assert_eq!(found.loss.to_bits(), one.loss.to_bits());
        assert_eq!(found, one);
    }
}
