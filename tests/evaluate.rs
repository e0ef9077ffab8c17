//! Evaluation: counts right, on any number of threads.

use nalgebra::DMatrix;
use plywood::data::{Examples, digits};
use plywood::eval::{Average, Confusion, Interval, Scores};
use plywood::layers::{Dense, Flatten};
use plywood::{
    Batch, Flat, Image, Loss, Model, Predictor, SoftmaxCrossEntropy, Threads, evaluate, evaluate_on, softmax,
};
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
    let evaluation = evaluate(&first_number_decides(), &data).expect("an evaluation");
    let confusion = &evaluation.confusion;
    assert_eq!(*confusion.counts(), DMatrix::from_row_slice(3, 3, &[2, 1, 0, 0, 1, 2, 0, 0, 0]));
    assert_eq!((confusion.correct(), confusion.total()), (3, 6));
    assert_eq!([0, 1, 2].map(|class| confusion.recall(class)), [Some(2.0 / 3.0), Some(1.0 / 3.0), None]);
    assert_eq!((evaluation.correct, evaluation.count, evaluation.error), (3, 6, 0.5));
    assert!((evaluation.accuracy() - 0.5).abs() < 1e-15);
    assert_eq!(
        confusion.to_string(),
        "\
class   0   1   2  precision    recall        F1
    0   2   1   0    100.0 %    66.7 %    80.0 %
    1   0   1   2     50.0 %    33.3 %    40.0 %
    2   0   0   0      0.0 %         -     0.0 %
average               50.0 %    33.3 %    40.0 %
"
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
        let evaluation = evaluate(&model, &data).expect("an evaluation");
        assert_eq!((evaluation.correct, evaluation.count, evaluation.error), (0, 3, 1.0));
        assert_eq!(evaluation.confusion.total(), 0);
        let scores = [f64::NAN, 0.0, 1.0, 0.0, f64::NAN, 1.0, 0.0, 1.0, 2.0];
        let mut wrong = [0.0];
        Loss::<Flat<3>>::judge(&SoftmaxCrossEntropy, &scores, &[0, 2, 2], &mut wrong);
        assert_eq!(wrong, [2.0]);
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
        let evaluation = evaluate(&model, &data).expect("an evaluation");
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
        evaluate_on(&threads, &model, &data).expect("an evaluation")
    };
    let one = on(1);
    for threads in [2, 3] {
        let found = on(threads);
        assert_eq!(found.loss.to_bits(), one.loss.to_bits());
        assert_eq!(found, one);
    }
}

#[test]
fn the_largest_scores_of_an_example_are_counted() {
    // scores 0, 2x − 1, 4x − 4: at 1 they are 0, 1, 0, and of equal ones the first is the larger
    let examples = [(1.0, 0), (1.0, 1), (1.0, 2), (2.0, 0)];
    let data = Examples::<Flat<1>>::from_arrays(examples.map(|(x, label)| ([x], label))).expect("examples");
    let evaluation = evaluate(&first_number_decides(), &data).expect("an evaluation");
    assert_eq!(evaluation.ranks, [1, 1, 2]);
    assert_eq!([0, 1, 2, 3, 9].map(|k| evaluation.top(k)), [0.0, 0.25, 0.5, 1.0, 1.0]);
    assert!((evaluation.top(1) - evaluation.accuracy()).abs() < 1e-15);
}

/// Rows: three classes and one without examples.
fn confusion() -> Confusion {
    let mut confusion = Confusion::new(4);
    for (actual, predicted, times) in [(0, 0, 5), (0, 1, 1), (1, 1, 2), (1, 0, 2), (2, 0, 3), (2, 1, 1)] {
        (0..times).for_each(|_| confusion.count(actual, predicted));
    }
    confusion
}

#[test]
fn precision_recall_and_f1_are_those_of_the_definition() {
    let confusion = confusion();
    let of = |class| {
        let Scores { precision, recall, f1, support, .. } = confusion.scores(class);
        (precision, recall, f1, support)
    };
    assert_eq!(of(0), (Some(0.5), Some(5.0 / 6.0), Some(10.0 / 16.0), 6));
    assert_eq!(of(1), (Some(0.5), Some(0.5), Some(0.5), 4));
    assert_eq!(of(2), (None, Some(0.0), Some(0.0), 4));
    assert_eq!(of(3), (None, None, None, 0));
    let expected = [
        (Average::Macro, [1.0 / 3.0, 4.0 / 9.0, 0.375]),
        (Average::Weighted, [5.0 / 14.0, 0.5, (6.0 * 0.625 + 4.0 * 0.5) / 14.0]),
        (Average::Micro, [0.5, 0.5, 0.5]),
    ];
    for (average, expected) in expected {
        let Scores { precision, recall, f1, support, .. } = confusion.average(average);
        for (found, expected) in [precision, recall, f1].into_iter().zip(expected) {
            assert!(
                (found.expect("examples") - expected).abs() < 1e-15,
                "{average:?}: {found:?}, {expected}"
            );
        }
        assert_eq!(support, 14);
    }
    let nothing = Confusion::new(3).average(Average::Macro);
    assert_eq!((nothing.precision, nothing.recall, nothing.f1, nothing.support), (None, None, None, 0));
}

#[test]
fn intervals_are_those_of_wilson() {
    let z95 = 1.959_963_984_540_054_f64;
    for (hits, count) in [(0, 10), (1, 10), (5, 10), (10, 10), (235, 10_000)] {
        let interval = Interval::wilson(hits, count, 0.95).expect("an interval");
        // the ends are where the score test is just met: |p − q| = z √(q(1 − q)/n)
        let (n, p) = (count as f64, hits as f64 / count as f64);
        for end in [interval.low, interval.high] {
            let distance = z95 * (end * (1.0 - end) / n).sqrt();
            assert!(((p - end).abs() - distance).abs() < 1e-12, "{hits} of {count}: {interval}");
        }
        assert!(interval.low <= p && p <= interval.high && interval.low < interval.high);
        let wider = Interval::wilson(hits, count, 0.99).expect("an interval");
        assert!(wider.low <= interval.low && wider.high >= interval.high && wider != interval);
    }
    assert_eq!(
        confusion().error_interval(0.9).expect("an interval").to_string(),
        "29.88 % to 70.12 % with 90 % confidence"
    );
    let error =
        |hits, count, confidence| Interval::wilson(hits, count, confidence).expect_err("misuse").to_string();
    assert_eq!(error(0, 0, 0.95), "examples of an interval: found 0, expected at least 1");
    assert_eq!(error(3, 2, 0.95), "hits of an interval: found 3, expected at most 2, the examples");
    assert_eq!(error(1, 2, 1.0), "confidence: found 1, expected above 0 and less than 1");
    assert_eq!(error(1, 2, f64::NAN), "confidence: found NaN, expected above 0 and less than 1");
}

#[test]
fn an_interval_holds_the_true_share_as_often_as_it_says() {
    // of all outcomes of a hundred examples with a share of 0.1, weighted by their probability
    let (n, share) = (100_usize, 0.1_f64);
    let mut probability = (1.0 - share).powi(100);
    let mut covered = 0.0;
    for hits in 0..=n {
        let interval = Interval::wilson(hits, n, 0.95).expect("an interval");
        if (interval.low..=interval.high).contains(&share) {
            covered += probability;
        }
        probability *= (n - hits) as f64 / (hits + 1) as f64 * share / (1.0 - share);
    }
    assert!((0.93..0.97).contains(&covered), "{covered}");
}
