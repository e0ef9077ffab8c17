//! The learning-rate range test.

use plywood::layers::Dense;
use plywood::optim::Sgd;
use plywood::train::{Monitor, RangeTest};

use super::*;

/// Two classes that a line tells apart.
fn separable() -> Points<2> {
    let mut points = Points::random(200, 2, 5);
    for ([x, y], label) in &mut points.0 {
        *label = usize::from(*x + *y > 0.0);
    }
    points
}

#[test]
fn the_curve_falls_and_rises_and_the_suggestion_trains() {
    let data = separable();
    let model = Model::<Dense<2, 2>>::new(1);
    let trainer = Trainer::new().optimizer(Sgd).batch_size(20);
    let test = RangeTest { from: 1e-4, to: 1e4, steps: 120 };
    let curve = trainer.find_learning_rate(&model, &data, test).expect("a test");
    let factor = (1e8_f64).powf(1.0 / 119.0);
    for (step, rate) in curve.rates.iter().enumerate() {
        let expected = 1e-4 * factor.powf(step as f64);
        assert!((rate / expected - 1.0).abs() < 1e-9, "{rate}, expected {expected}");
    }
    let rate = curve.suggestion().expect("the loss falls");
    let train = |rate| {
        let mut model = model.clone();
        let trainer = trainer.clone().learning_rate(rate).epochs(5);
        trainer.run(&mut model, &data).fit().expect("a good run").epochs[4].train.loss
    };
    assert!(train(rate) < 0.7 * train(1e-3), "at {rate}");
    assert_eq!(curve.to_string(), format!("learning rate {rate:.1e}"));
}

#[test]
fn it_stops_where_the_loss_explodes_and_leaves_the_model() {
    let data = separable();
    let model = Model::<Dense<2, 2>>::new(1);
    let before = model.clone();
    let trainer = Trainer::new().batch_size(20);
    let test = RangeTest { from: 1e-4, to: 1e30, steps: 100 };
    let curve = trainer.find_learning_rate(&model, &data, test).expect("a test");
    assert!(curve.rates.len() < 100);
    assert_eq!(curve.rates.len(), curve.losses.len());
    assert_eq!(model, before);
}

#[test]
fn the_monitor_of_the_trainer_does_not_matter() {
    let (data, model) = (separable(), Model::<Dense<2, 2>>::new(1));
    let curve = |monitor: Monitor| {
        let trainer = Trainer::new().batch_size(20).monitor(monitor);
        trainer.find_learning_rate(&model, &data, RangeTest::default()).expect("a test")
    };
    assert_eq!(curve(Monitor::metric("top 5")), curve(Monitor::Auto));
}

#[test]
fn a_test_that_cannot_be_made_is_named() {
    let (data, model) = (separable(), Model::<Dense<2, 2>>::new(1));
    let cases = [
        (RangeTest { steps: 1, ..RangeTest::default() }, "range test, steps: found 1, expected at least 2"),
        (
            RangeTest { from: 20.0, ..RangeTest::default() },
            "last learning rate of a range: found 10, expected more than 20",
        ),
    ];
    for (test, expected) in cases {
        assert_eq!(message(Trainer::new().find_learning_rate(&model, &data, test)), expected);
    }
}

#[test]
fn the_picture_shows_the_suggestion() {
    let (data, model) = (separable(), Model::<Dense<2, 2>>::new(1));
    let curve = Trainer::new().find_learning_rate(&model, &data, RangeTest::default()).expect("a test");
    let path = scratch("range").join("made").join("range.svg");
    curve.draw(&path).expect("a picture");
    let svg = std::fs::read_to_string(&path).expect("a picture");
    let suggestion = format!("suggested: {:.1e}", curve.suggestion().expect("the loss falls"));
    for expected in ["Learning-rate range test", "learning rate", "loss, smoothed", &suggestion] {
        assert!(svg.contains(expected), "no {expected:?}");
    }
}
