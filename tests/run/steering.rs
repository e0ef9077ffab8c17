//! Callbacks, and the settings that steer a run.

use plywood::layers::{Dense, Tanh};
use plywood::optim::Sgd;
use plywood::train::{Callback, Control, End, Ended, EpochEnd, Interrupt, Start, StepEnd};
use plywood::{Error, Layer, Result, evaluate};

use super::*;

type Small = ((Dense<4, 5>, Tanh<Flat<5>>), Dense<5, 3>);

/// Writes down what it is told, and stops or fails where it is to.
#[derive(Default)]
struct Witness {
    steps: Vec<(usize, usize, usize)>,
    losses: Vec<f64>,
    params: Vec<Vec<f64>>,
    gradients: Vec<Vec<f64>>,
    norms: Vec<Option<f64>>,
    epochs: Vec<usize>,
    started: Option<(usize, usize, usize)>,
    ended: Option<Ended>,
    stop_after: Option<usize>,
    stop_after_epoch: Option<usize>,
    fail_after: Option<usize>,
}

impl<N: Layer, T: Scalar> Callback<N, T> for Witness {
    fn on_start(&mut self, start: &Start<'_, N, T>) -> Result<()> {
        self.started = Some((start.steps, start.steps_in_epoch, start.examples));
        Ok(())
    }
    fn on_step(&mut self, step: &StepEnd<'_, N, T>) -> Result<Control> {
        let numbers = |x: &[T]| x.iter().map(|x| x.to_f64()).collect();
        self.steps.push((step.epoch, step.step, step.steps_taken));
        self.losses.push(step.loss);
        self.params.push(numbers(step.model.params()));
        self.gradients.push(numbers(step.gradient));
        self.norms.push(step.gradient_norm);
        if self.fail_after == Some(step.steps_taken) {
            return Err(Error::argument("witness", "a reason", "none"));
        }
        Ok(if self.stop_after == Some(step.steps_taken) { Control::Stop } else { Control::Continue })
    }
    fn on_epoch(&mut self, epoch: &EpochEnd<'_, N, T>) -> Result<Control> {
        assert_eq!(epoch.history.last(), Some(epoch.epoch));
        self.epochs.push(epoch.epoch.number);
        let stop = self.stop_after_epoch == Some(epoch.epoch.number);
        Ok(if stop { Control::Stop } else { Control::Continue })
    }
    fn on_end(&mut self, end: &End<'_, N, T>) -> Result<()> {
        self.ended = Some(end.history.ended);
        Ok(())
    }
}

fn fit(
    trainer: &Trainer<Sgd>,
    witness: &mut impl Callback<Small, f64>,
) -> (Model<Small, f64>, Result<History>) {
    let (train, validation) = (Points::<4>::random(29, 3, 1), Points::<4>::random(20, 3, 2));
    let mut model = Model::new(1);
    let report = trainer.run(&mut model, &train).validate(&validation).watch(witness).fit();
    (model, report)
}

fn sgd() -> Trainer<Sgd> {
    Trainer::new().optimizer(Sgd).learning_rate(0.5).batch_size(10).epochs(2)
}

#[test]
fn a_callback_is_told_each_step_and_epoch() {
    let mut both = (Witness::default(), Some(Witness::default()));
    let (model, report) = fit(&sgd(), &mut both);
    let (Witness { steps, losses, params, epochs, started, ended, .. }, second) = both;
    assert_eq!(started, Some((6, 3, 29)));
    assert_eq!(steps, [(1, 1, 1), (1, 2, 2), (1, 3, 3), (2, 1, 4), (2, 2, 5), (2, 3, 6)]);
    assert_eq!((epochs, ended), (vec![1, 2], Some(Ended::Complete)));
    assert_eq!(params[5], model.params());
    assert_eq!(second.expect("there").steps, steps);
    // the epoch's loss is the mean over examples of its steps'
    let report = report.expect("a good run");
    assert_eq!((report.steps, report.ended), (6, Ended::Complete));
    let mean = (losses[0] * 10.0 + losses[1] * 10.0 + losses[2] * 9.0) / 29.0;
    assert!((report.epochs[0].train.loss - mean).abs() < 1e-15);
    // each step is that of gradient descent along the gradient that was told
    let mut witness = Witness::default();
    fit(&sgd(), &mut witness).1.expect("a good run");
    for step in 1..6 {
        for ((after, before), gradient) in
            witness.params[step].iter().zip(&witness.params[step - 1]).zip(&witness.gradients[step])
        {
            assert_eq!(*after, before - 0.5 * gradient);
        }
    }
}

#[test]
fn who_watches_does_not_change_the_bits() {
    let (watched, _) = fit(&sgd(), &mut (Witness::default(), Witness::default()));
    let (alone, _) = fit(&sgd(), &mut ());
    assert_eq!(watched, alone);
}

#[test]
fn a_callback_ends_training_after_the_step_or_epoch() {
    let mut witness = Witness { stop_after: Some(4), ..Witness::default() };
    let (model, report) = fit(&sgd(), &mut (&mut witness, ()));
    let report = report.expect("a good run");
    assert_eq!((report.steps, report.ended, report.epochs.len()), (4, Ended::Callback, 1));
    assert_eq!((witness.steps.len(), witness.ended), (4, Some(Ended::Callback)));
    assert_eq!(witness.params[3], model.params());
    assert!(report.to_string().ends_with("; stopped by a callback after 4 steps"), "{report}");

    let mut witness = Witness { stop_after_epoch: Some(1), ..Witness::default() };
    let report = fit(&sgd(), &mut witness).1.expect("a good run");
    assert_eq!((report.steps, report.ended, report.epochs.len()), (3, Ended::Callback, 1));

    // the third is its epoch's last
    let mut witness = Witness { stop_after: Some(3), ..Witness::default() };
    let report = fit(&sgd(), &mut witness).1.expect("a good run");
    assert_eq!((report.steps, report.ended, report.epochs.len()), (3, Ended::Callback, 1));
    assert!(report.epochs[0].validation.is_some());

    let mut witness: Box<dyn Callback<Small, f64>> =
        Box::new(Witness { fail_after: Some(4), ..Witness::default() });
    assert_eq!(message(fit(&sgd(), &mut witness).1), "witness: found a reason, expected none");
}

#[test]
fn an_interrupt_ends_training_after_the_step() {
    /// Interrupts within the third step.
    struct Interrupting(Interrupt);
    impl<N: Layer, T: Scalar> Callback<N, T> for Interrupting {
        fn on_step(&mut self, step: &StepEnd<'_, N, T>) -> Result<Control> {
            if step.steps_taken == 2 {
                let interrupt = self.0.clone();
                std::thread::spawn(move || interrupt.set()).join().expect("a thread");
            }
            Ok(Control::Continue)
        }
    }
    let interrupt = Interrupt::new();
    let report =
        fit(&sgd().interrupt(&interrupt), &mut Interrupting(interrupt.clone())).1.expect("a good run");
    assert_eq!((report.steps, report.ended, report.epochs.len()), (2, Ended::Interrupted, 0));
    assert!(report.to_string().ends_with("0 epochs in ") || report.to_string().ends_with("after 2 steps"));
    interrupt.clear();
    let report = fit(&sgd().interrupt(&interrupt), &mut ()).1.expect("a good run");
    assert_eq!(report.ended, Ended::Complete);
}

#[test]
fn a_number_of_steps_may_end_within_an_epoch() {
    let mut witness = Witness::default();
    let report = fit(&sgd().steps(4), &mut witness).1.expect("a good run");
    assert_eq!(witness.started, Some((4, 3, 29)));
    assert_eq!(witness.steps.last(), Some(&(2, 1, 4)));
    assert_eq!((report.epochs.len(), report.ended), (2, Ended::Complete));
    assert_eq!(report.epochs[1].train.loss, witness.losses[3]);
    assert!(report.epochs[1].validation.is_some());
    // as far as they go, the steps are those of whole epochs
    let mut longer = Witness::default();
    fit(&sgd(), &mut longer).1.expect("a good run");
    assert_eq!(witness.params, longer.params[..4]);
    assert_eq!(fit(&sgd().steps(6), &mut ()).0, fit(&sgd(), &mut ()).0);
}

#[test]
fn accumulated_minibatches_are_one_larger_one() {
    let mut parts = Witness::default();
    let mut whole = Witness::default();
    // 29 = 12 + 12 + 5, of which the last step has a minibatch of 4 and one of 1
    let (in_parts, _) = fit(&sgd().batch_size(4).accumulate(3), &mut parts);
    let (at_once, _) = fit(&sgd().batch_size(12), &mut whole);
    assert_eq!(parts.steps, whole.steps);
    for (a, b) in in_parts.params().iter().zip(at_once.params()) {
        assert!((a - b).abs() < 1e-14, "{a} and {b}");
    }
    for (a, b) in parts.losses.iter().zip(&whole.losses) {
        assert!((a - b).abs() < 1e-14, "{a} and {b}");
    }
}

#[test]
fn gradients_are_clipped() {
    let norm = |x: &[f64]| x.iter().map(|x| x * x).sum::<f64>().sqrt();
    let mut free = Witness::default();
    fit(&sgd().steps(1), &mut free).1.expect("a good run");
    let gradient = &free.gradients[0];
    let length = norm(gradient);
    for (limit, factor) in [(length / 3.0, 1.0 / 3.0), (2.0 * length, 1.0)] {
        let mut clipped = Witness::default();
        fit(&sgd().steps(1).clip(Clip::Norm(limit)), &mut clipped).1.expect("a good run");
        let found = clipped.norms[0].expect("the norm");
        assert!((found - length).abs() < 1e-14 * length);
        for (clipped, free) in clipped.gradients[0].iter().zip(gradient) {
            assert!((clipped - factor * free).abs() < 1e-15, "{clipped} and {free}");
        }
    }
    let mut clipped = Witness::default();
    let limit = 0.3 * gradient.iter().fold(0.0_f64, |most, x| most.max(x.abs()));
    fit(&sgd().steps(1).clip(Clip::Value(limit)), &mut clipped).1.expect("a good run");
    let expected: Vec<_> = gradient.iter().map(|x| x.clamp(-limit, limit)).collect();
    assert_ne!(&expected, gradient);
    assert_eq!(clipped.gradients[0], expected);
    // the norm is that before
    assert!((clipped.norms[0].expect("the norm") - length).abs() < 1e-14 * length);
}

#[test]
fn the_norm_of_an_epochs_last_gradient_is_recorded() {
    let mut witness = Witness::default();
    // 3 steps an epoch, of the second but one
    let report = fit(&sgd().steps(4), &mut witness).1.expect("a good run");
    let known: Vec<_> = witness.norms.iter().map(Option::is_some).collect();
    assert_eq!(known, [false, false, true, true]);
    let recorded: Vec<_> = report.epochs.iter().map(|epoch| epoch.gradient_norm).collect();
    assert_eq!(recorded, witness.norms[2..]);
    for (norm, gradient) in witness.norms[2..].iter().zip(&witness.gradients[2..]) {
        let expected = gradient.iter().map(|x| x * x).sum::<f64>().sqrt();
        assert!((norm.expect("the norm") - expected).abs() < 1e-14 * expected);
    }
}

#[test]
fn the_norm_is_that_of_any_length_of_gradient() {
    // 7 × 9 + 9 = 72 parameters, 4 blocks of 16 and a rest of 8, against a plain sum
    let data = Points::<7>::random(5, 9, 1);
    let mut model = Model::<Dense<7, 9>, f64>::new(1);
    let mut witness = Witness::default();
    let trainer = sgd().steps(1).clip(Clip::Norm(1e9));
    trainer.run(&mut model, &data).watch(&mut witness).fit().expect("a good run");
    let expected = witness.gradients[0].iter().map(|x| x * x).sum::<f64>().sqrt();
    assert!((witness.norms[0].expect("the norm") - expected).abs() < 1e-15);
}

#[test]
fn the_moving_average_is_that_of_the_formula() {
    let start = Model::<Small, f64>::new(1).params().to_vec();
    let mut witness = Witness::default();
    let (model, report) = fit(&sgd().average(0.3), &mut witness);
    let mut average = start;
    for (t, params) in witness.params.iter().enumerate() {
        let decay = ((1 + t) as f64 / (10 + t) as f64).min(0.3);
        for (average, param) in average.iter_mut().zip(params) {
            *average = decay * *average + (1.0 - decay) * param;
        }
    }
    for (found, expected) in model.params().iter().zip(&average) {
        assert!((found - expected).abs() < 1e-15, "{found}, expected {expected}");
    }
    // it is what validation measures
    let validation = Points::<4>::random(20, 3, 2);
    let evaluation = evaluate(&model, &validation).expect("an evaluation");
    let measured = report.expect("a good run").epochs[1].validation.expect("validated");
    assert!((measured.loss - evaluation.loss).abs() < 1e-15);
    // and it does not change the training
    let mut without = Witness::default();
    fit(&sgd(), &mut without).1.expect("a good run");
    assert_eq!(witness.params, without.params);
}

#[test]
fn training_stops_early_when_nothing_better_comes() {
    // nothing moves, and so the first epoch stays the best
    for patience in [1, 3] {
        let trainer = sgd().learning_rate(1e-300).epochs(50).early_stopping(patience);
        let report = fit(&trainer, &mut ()).1.expect("a good run");
        assert_eq!((report.epochs.len(), report.ended), (1 + patience, Ended::EarlyStopping));
    }
    let report = fit(&sgd().epochs(40).early_stopping(5), &mut ()).1.expect("a good run");
    let best = report.best().expect("epochs").number;
    match report.ended {
        Ended::EarlyStopping => assert_eq!(report.epochs.len(), best + 5),
        _ => assert!(report.epochs.len() == 40 && best > 35),
    }
}

#[test]
fn the_best_model_is_kept() {
    let validation = Points::<4>::random(20, 3, 2);
    let trainer = sgd().epochs(30).learning_rate(1.0);
    let (model, report) = fit(&trainer.clone().keep_best(true), &mut ());
    let report = report.expect("a good run");
    let best = report.best().expect("epochs");
    assert!(best.number < 30, "the last epoch is the best, which proves nothing");
    let evaluation = evaluate(&model, &validation).expect("an evaluation");
    assert_eq!(Some(evaluation.error), best.validation.expect("validated").error);
    assert_eq!(model, fit(&trainer.clone().epochs(best.number), &mut ()).0);
    assert_ne!(model, fit(&trainer, &mut ()).0);
}

#[test]
fn settings_that_cannot_be_used_are_named() {
    let cases = [
        (sgd().steps(0), "steps: found 0, expected at least 1"),
        (sgd().accumulate(0), "accumulate: found 0, expected at least 1"),
        (sgd().early_stopping(0), "early stopping, patience: found 0, expected at least 1"),
        (sgd().average(1.0), "average, decay: found 1, expected at least 0 and, as f64, less than 1"),
        (sgd().average(f64::NAN), "average, decay: found NaN, expected at least 0 and, as f64, less than 1"),
        (sgd().clip(Clip::Norm(0.0)), "clip, norm: found 0.0, expected a finite f64 above 0"),
        (sgd().clip(Clip::Value(f64::NAN)), "clip, value: found NaN, expected a finite f64 above 0"),
    ];
    for (trainer, expected) in cases {
        assert_eq!(message(trainer.check::<f64>()), expected);
        assert_eq!(message(fit(&trainer, &mut ()).1), expected);
    }
    let data = Points::<4>::random(29, 3, 1);
    for (trainer, setting) in
        [(sgd().early_stopping(1), "early stopping"), (sgd().keep_best(true), "keep best")]
    {
        let found = message(trainer.run(&mut Model::<Small, f64>::new(1), &data).fit());
        assert_eq!(found, format!("{setting}: found no validation data, expected some to judge by"));
    }
}

#[test]
fn a_gradient_that_is_not_finite_is_not_followed() {
    // finite scores and a finite loss, but inputs whose gradient overflows f32
    let data = Points(vec![([1e38, -1e38, 1e38, -1e38], 0); 4]);
    let mut model = Model::<Dense<4, 3>>::new(1);
    model.params_mut().fill(0.0);
    let before = model.clone();
    let trainer = sgd().clip(Clip::Norm(1.0)).steps(1);
    let report = trainer.run(&mut model, &data).fit();
    // the norm is summed in f64, where it is finite: the step is taken, and no longer than the limit
    report.expect("a good run");
    let moved =
        model.params().iter().zip(before.params()).map(|(a, b)| f64::from(a - b).powi(2)).sum::<f64>();
    assert!((moved.sqrt() - 0.5).abs() < 1e-6, "{}", moved.sqrt());
}
