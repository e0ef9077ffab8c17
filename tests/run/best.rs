//! The best model is left, however training ends.

use plywood::optim::{Moments, Momentum, Optimizer, State, Step};
use plywood::train::{Callback, Checkpoints, Control, EpochEnd, Every};
use plywood::{Error, Layer, Result, evaluate};

use super::*;

/// Momentum, until a step in which all numbers are lost.
#[derive(Debug, Clone)]
struct Breaks {
    after: u64,
}

impl Optimizer for Breaks {
    type State<T: Scalar> = Moments<T, 1>;

    fn check<T: Scalar>(&self) -> Result<()> {
        Ok(())
    }
    fn step<T: Scalar>(&self, state: &mut Moments<T, 1>, step: Step<'_, T>) {
        if state.steps() >= self.after {
            step.params.fill(T::of(f64::NAN));
        } else {
            Momentum::default().step(state, step);
        }
    }
}

/// Keeps the best epoch's number and the model that was then validated; fails after an epoch, if it is to.
#[derive(Default)]
struct Watch {
    best: Option<(usize, f64, f64, Vec<f64>)>,
    fail_after: Option<usize>,
}

impl<N: Layer, T: Scalar> Callback<N, T> for Watch {
    fn on_epoch(&mut self, epoch: &EpochEnd<'_, N, T>) -> Result<Control> {
        let validation = epoch.epoch.validation.expect("validated");
        let (error, loss) = (validation.error.expect("an error"), validation.loss);
        if self.best.as_ref().is_none_or(|&(_, least, least_loss, _)| (error, loss) < (least, least_loss)) {
            let numbers = epoch.model.params().iter().chain(epoch.model.buffers()).map(|x| x.to_f64());
            self.best = Some((epoch.epoch.number, error, loss, numbers.collect()));
        }
        if self.fail_after == Some(epoch.epoch.number) {
            return Err(Error::argument("watch", "an epoch", "none"));
        }
        Ok(Control::Continue)
    }
}

fn numbers(model: &Model<Noisy>) -> Vec<f64> {
    model.params().iter().chain(model.buffers()).map(|&x| f64::from(x)).collect()
}

#[test]
fn the_best_model_is_left_in_memory_and_in_the_checkpoint_however_training_ends() {
    let (train, validation) = data();
    for every in [Every::Epochs(1), Every::Epochs(4), Every::Steps(7), Every::Seconds(1e9)] {
        for average in [false, true] {
            for fail_after in [None, Some(8)] {
                let name = format!("{every:?}, average: {average}, fails: {fail_after:?}");
                let path = scratch("best").join("run.safetensors");
                // 10 steps an epoch; numbers are lost in the tenth
                let trainer = |seed, epochs| {
                    let trainer = Trainer::new()
                        .optimizer(Breaks { after: 95 })
                        .learning_rate(0.1)
                        .epochs(epochs)
                        .batch_size(8)
                        .keep_best(true)
                        .seed(seed)
                        .checkpoint(Checkpoints::new(&path).every(every));
                    if average { trainer.average(0.9) } else { trainer }
                };
                // labels are noise, and any epoch may be the best: neither the first nor the last shows something
                let run = |seed: u64| {
                    let mut watch = Watch { fail_after, ..Watch::default() };
                    let mut model = Model::<Noisy>::new(1);
                    let result = trainer(seed, 20)
                        .run(&mut model, &train)
                        .validate(&validation)
                        .watch(&mut watch)
                        .fit();
                    let best = watch.best.expect("epochs");
                    (2..8).contains(&best.0).then_some((seed, model, result, best))
                };
                let (seed, model, result, best) = (0..30).find_map(run).expect("a seed");
                let expected = &best.3;
                match (fail_after, result) {
                    (None, Err(Error::Diverged { epoch: 10, .. }))
                    | (Some(_), Err(Error::Argument { .. })) => {}
                    (_, result) => panic!("{name}: {result:?}"),
                }
                let trainer = |epochs| trainer(seed, epochs);
                assert!(numbers(&model) == *expected, "{name}: the model in memory");
                let loaded = Model::<Noisy>::load(&path).expect("a checkpoint");
                assert!(numbers(&loaded) == *expected, "{name}: the model in the checkpoint");
                // with nothing left to do
                let mut again = Model::<Noisy>::new(2);
                trainer(best.0).run(&mut again, &train).validate(&validation).resume().expect("a good run");
                assert!(numbers(&again) == *expected, "{name}: the model of a run that goes on for no epoch");
                // and with something: it is lost in the same step, and the best is still there, or a later one that is better
                let mut watch = Watch { best: Some(best), fail_after: None };
                let result =
                    trainer(20).run(&mut again, &train).validate(&validation).watch(&mut watch).resume();
                assert!(matches!(result, Err(Error::Diverged { epoch: 10, .. })), "{name}: {result:?}");
                let (_, _, _, expected) = watch.best.expect("epochs");
                assert!(numbers(&again) == expected, "{name}: the model of a run that goes on and diverges");
            }
        }
    }
}

#[test]
fn a_checkpoint_has_the_model_that_training_would_leave() {
    let (train, validation) = data();
    for (keep_best, average) in [(false, false), (false, true), (true, false), (true, true)] {
        let path = scratch("left").join("run.safetensors");
        let trainer = Trainer::new().learning_rate(0.1).epochs(6).batch_size(8).keep_best(keep_best);
        let trainer = if average { trainer.average(0.9) } else { trainer };
        let mut model = Model::<Noisy>::new(1);
        trainer.checkpoint(&*path).run(&mut model, &train).validate(&validation).fit().expect("a good run");
        assert!(Model::load(&path).expect("a checkpoint") == model, "best: {keep_best}, average: {average}");
    }
}

#[test]
fn epochs_that_were_not_validated_are_not_compared_with_those_that_are() {
    let (train, validation) = data();
    let path = scratch("from-then-on").join("run.safetensors");
    // training remembers noise: its error falls far below that of validation, which stays by chance
    let trainer = |epochs| Trainer::new().learning_rate(0.1).epochs(epochs).batch_size(8).checkpoint(&*path);
    trainer(40).train(&mut Model::<Noisy>::new(1), &train).expect("a good run");
    let mut model = Model::<Noisy>::new(1);
    let trainer = trainer(44).early_stopping(4);
    let report = trainer.run(&mut model, &train).validate(&validation).resume().expect("a good run");
    let best = report.best().expect("epochs");
    assert!(best.number > 40 && best.validation.is_some(), "{best}");
    let smallest = report.epochs[..40].iter().filter_map(|epoch| epoch.train.error).fold(1.0, f64::min);
    let validated = best.validation.and_then(|measure| measure.error).expect("an error");
    assert!(smallest < validated, "no error of training is below that of validation, which shows nothing");
    // nor do they count as epochs without anything better
    assert_eq!(report.epochs.len(), 44);
    let evaluation = evaluate(&model, &validation).expect("an evaluation");
    let last = report.epochs[43].validation.expect("validated");
    assert_eq!(Some(evaluation.error), last.error);
}

/// The points, whose classes have names.
pub(super) struct Named<'a>(pub(super) &'a Points<8>, pub(super) Vec<String>);

impl Dataset for Named<'_> {
    type Example = Flat<8>;
    type Target = usize;

    fn len(&self) -> usize {
        self.0.len()
    }
    fn read<T: Scalar>(&self, index: usize, x: &mut [T]) -> usize {
        self.0.read(index, x)
    }
    fn class_names(&self) -> Option<&[String]> {
        Some(&self.1)
    }
}

#[test]
fn a_checkpoint_of_the_best_model_keeps_the_names_of_its_classes() {
    let path = scratch("best-names").join("run.safetensors");
    let names: Vec<String> = ["a", "b", "c"].map(str::to_owned).to_vec();
    let (train, validation) = data();
    let (train, validation) = (Named(&train, names.clone()), Named(&validation, names.clone()));
    let trainer = Trainer::new().epochs(2).batch_size(40).keep_best(true).checkpoint(&*path);
    let mut model = Model::<Noisy>::new(1);
    trainer.run(&mut model, &train).validate(&validation).fit().expect("a good run");
    let mut again = Model::<Noisy>::new(2);
    trainer.run(&mut again, &train).validate(&validation).resume().expect("a good run");
    let loaded = Model::<Noisy>::load(&path).expect("a whole file");
    for model in [model, again, loaded] {
        assert_eq!(model.class_names(), Some(&names[..]));
    }
}
