//! Checks that a layer keeps the contract of [`Layer`].

use std::collections::HashSet;
use std::fmt::Debug;

use rand::rngs::Xoshiro256PlusPlus;
use rand::{RngExt as _, SeedableRng};

use self::subject::{Subject, Training};
use crate::core::{Backward, Epilogue, Folding, Forward, Layer, Pass};
use plywood_kernel::{Scalar, Threads};

/// A promise of [`Layer`] or [`Loss`](crate::Loss) that a layer or loss does not keep.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{layer}: {promise}: {found}")]
pub struct Violation {
    /// The name of the layer or loss.
    pub layer: &'static str,
    /// The promise that should hold.
    pub promise: &'static str,
    /// The finding that contradicts it.
    pub found: String,
}

/// Checks the promises of [`Layer`] by running a layer or network with random parameters and inputs.
///
/// It checks every promise except the correctness of the gradient, for which see
/// [`GradientCheck`](super::GradientCheck):
///
/// * outputs and gradients do not depend on the content of tape, scratch, `y` and `dx` on entry;
/// * `dx` is written, and parameter gradients are added to the existing numbers;
/// * parameter gradients are the same if nobody needs `dx`;
/// * a [fresh](Pass::fresh) pass on a gradient that was [cleared](Layer::clear) gives the same as a pass that adds to
///   zeros;
/// * layers that [declare](crate::layer::Memory::preserves_dy) it leave `dy` unchanged;
/// * a second run, and runs on two and three threads, give the same bits;
/// * `f32` and `f64` agree;
/// * in evaluation, the output for a batch is that for its examples one by one, to rounding, on [folded](Layer::fold)
///   parameters and on those that are not;
/// * the layer does what its [`FUSION`](Layer::FUSION) declares: it performs [epilogues](Epilogue), differentiates
///   them, is a rectifier, absorbs factors;
/// * in evaluation, it draws no random numbers;
/// * where it is [frozen](Pass::is_frozen), it computes in training what it does in evaluation;
/// * an [inspection](crate::Model::inspect) computes the same, and shows no layer of the outline twice;
/// * its [`COST`](Layer::COST) has no fewer layers and operations than its [outline](Layer::outline) shows, and it does
///   not draw from a stream of a layer after it;
/// * an output depends on no more inputs than the receptive field of its [`COST`](Layer::COST) holds, as far as inputs
///   are tried;
/// * [minibatches](crate::layer::Cost::min_batch) of the declared smallest size change its running statistics;
/// * [`init`](Layer::init) gives the layers inside their starting values.
///
/// # Errors
/// Returns the first [`Violation`] found.
///
/// # Panics
/// Panics if `batch` is 0.
pub fn contract<L: Layer>(batch: usize, seed: u64) -> Result<(), Violation> {
    check(&const { Subject::of::<L>() }, batch, seed)
}

fn check(layer: &Subject, batch: usize, seed: u64) -> Result<(), Violation> {
    assert!(batch > 0, "a batch has at least one example");
    let name = layer.name;
    let run = Run::new(layer, batch, seed);
    let clean = run.train(&layer.double, 0.0, true, &Threads::one());

    let dirty = run.train(&layer.double, f64::NAN, true, &Threads::one());
    same(name, "does not depend on what its memory holds on entry", &clean, &dirty)?;

    let first = run.train(&layer.double, 0.0, false, &Threads::one());
    same(name, "gradients are the same without dx", &clean.grads, &first.grads)?;

    let fresh = Run { before: vec![0.0; layer.params], ..Run::new(layer, batch, seed) };
    let fresh = fresh.train(&layer.double, 0.0, true, &Threads::one());
    let sums: Vec<f64> = run.before.iter().zip(&fresh.grads).map(|(before, grads)| before + grads).collect();
    close(name, "adds to gradients", &sums, &clean.grads, 1e-12)?;

    let written = run.train_fresh();
    same(name, "a fresh gradient is that added to zeros", &fresh.grads, &written)?;

    if layer.memory.preserves_dy {
        same(name, "leaves dy as it is", &run.dy, &clean.dy)?;
        same(name, "leaves dy as it is without dx", &run.dy, &first.dy)?;
    }

    for count in [2, 3] {
        let threads = Threads::new(count).map_err(|error| Violation {
            layer: name,
            promise: "runs on several threads",
            found: error.to_string(),
        })?;
        let several = run.train(&layer.double, 0.0, true, &threads);
        same(name, "gives the same bits on any number of threads", &clean, &several)?;
    }

    // bounds relative to the largest number of a tensor: rounding of a sum of a few thousand terms
    let single = run.train(&layer.single, 0.0, true, &Threads::one());
    close(name, "f32 and f64 agree in y", &clean.y, &single.y, 1e-4)?;
    close(name, "f32 and f64 agree in dx", &clean.dx, &single.dx, 1e-3)?;
    close(name, "f32 and f64 agree in gradients", &clean.grads, &single.grads, 1e-3)?;

    let unfolded = run.infer_unfolded();
    let another = Run { pass: Pass { seed: !run.pass.seed, ..run.pass }, ..Run::new(layer, batch, seed) };
    same(name, "evaluates without drawing at random", &unfolded, &another.infer_unfolded())?;

    let together = run.infer(batch);
    let apart = run.infer(1);
    close(name, "evaluates a batch as it does its examples", &together, &apart, 1e-12)?;
    close(name, "evaluates the same on folded parameters", &unfolded, &together, 1e-10)?;

    let [rectifies, adds] = [layer.fusion.can_rectify(), layer.fusion.can_add()];
    let (rectifier, addend) = (Epilogue::rectifier(true), Epilogue::NONE.adding(&run.dy));
    for (epilogue, can) in [(rectifier, rectifies), (addend, adds), (rectifier.adding(&run.dy), adds)] {
        if can {
            let finished = |y: &[f64]| {
                let mut y = y.to_vec();
                epilogue.apply(&mut y);
                y
            };
            let found = run.train_with(epilogue);
            close(name, "performs its epilogue in training", &finished(&clean.y), &found, 1e-12)?;
            let expected = finished(&unfolded);
            let [plain, folded] = run.infer_with(epilogue);
            close(name, "performs its epilogue in evaluation", &expected, &plain, 1e-12)?;
            close(name, "performs its epilogue on folded parameters", &expected, &folded, 1e-10)?;
        }
    }
    if layer.fusion.differentiates {
        run.differentiates_its_rectifier()?;
    }
    if layer.fusion.is_rectifier {
        let rectified: Vec<f64> = run.x.iter().map(|x| x.max(0.0)).collect();
        close(name, "is the rectifier that it says", &rectified, &clean.y, 0.0)?;
        close(name, "is the rectifier that it says", &rectified, &unfolded, 0.0)?;
    }
    if matches!(layer.fusion.folding, Folding::Absorbs) {
        run.absorbs(&unfolded)?;
    }

    if layer.memory.is_view() {
        let promise = "is the view of its input that it says";
        same(name, promise, &run.x, &clean.y)?;
        same(name, promise, &run.dy, &clean.dx)?;
        same(name, promise, &run.x, &unfolded)?;
    }

    // in training, so that a layer that is frozen gives others what it gives them later
    let pass = run.pass.frozen_throughout();
    let frozen = run.pass_over(&layer.double, pass, run.before.clone(), 0.0, true, &Threads::one());
    close(name, "computes its evaluation where it is frozen", &unfolded, &frozen.y, 1e-12)?;
    same(name, "leaves running statistics as they are where it is frozen", &run.buffers, &frozen.buffers)?;

    let (twice, last) = run.inspect();
    same(name, "shows no layer twice when inspected", &twice, &None)?;
    same(name, "computes the same when inspected", &unfolded, &last)?;
    run.declared()
}

/// The results of a training pass.
#[derive(Debug, PartialEq)]
struct Outcome<T> {
    y: Vec<T>,
    dx: Vec<T>,
    /// The gradient of the output, if the layer keeps it; otherwise empty.
    dy: Vec<T>,
    grads: Vec<T>,
    buffers: Vec<T>,
}

/// A layer with parameters, and a batch that it is run on.
struct Run<'a> {
    layer: &'a Subject,
    params: Vec<f64>,
    buffers: Vec<f64>,
    x: Vec<f64>,
    dy: Vec<f64>,
    /// The gradient before the pass.
    before: Vec<f64>,
    pass: Pass,
}

impl<'a> Run<'a> {
    fn new(layer: &'a Subject, batch: usize, seed: u64) -> Self {
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed);
        let [mut params, mut buffers] = (layer.start)(seed);
        for parameter in &mut params {
            *parameter += rng.random_range(-0.5..0.5);
        }
        for statistic in &mut buffers {
            *statistic += rng.random_range(0.0..0.5);
        }
        // numbers that f32 holds exactly, so that both precisions begin with the same
        for number in params.iter_mut().chain(&mut buffers) {
            *number = f64::from(*number as f32);
        }
        let mut numbers = |n| (0..n).map(|_| f64::from(rng.random_range(-1.0_f32..1.0))).collect::<Vec<_>>();
        Self {
            x: numbers(batch * layer.input.len()),
            dy: numbers(batch * layer.output.len()),
            before: numbers(layer.params),
            layer,
            params,
            buffers,
            pass: Pass::new(batch, seed),
        }
    }

    fn train<T: Scalar>(
        &self,
        training: &Training<T>,
        junk: f64,
        with_dx: bool,
        threads: &Threads,
    ) -> Outcome<T> {
        self.pass_over(training, self.pass, cast(&self.before), junk, with_dx, threads)
    }

    /// Returns the gradient of the first pass of a step.
    fn train_fresh(&self) -> Vec<f64> {
        let mut grads = vec![f64::NAN; self.layer.params];
        (self.layer.clear)(&mut grads);
        let pass = Pass { fresh: true, ..self.pass };
        self.pass_over(&self.layer.double, pass, grads, 0.0, true, &Threads::one()).grads
    }

    /// Returns the output of another pass over the same examples.
    fn train_y(&self, pass: Pass) -> Vec<f64> {
        self.pass_over(&self.layer.double, pass, self.before.clone(), 0.0, true, &Threads::one()).y
    }

    /// Returns the running statistics after a pass.
    fn train_buffers(&self) -> Vec<f64> {
        self.train(&self.layer.double, 0.0, true, &Threads::one()).buffers
    }

    fn pass_over<T: Scalar>(
        &self,
        training: &Training<T>,
        pass: Pass,
        mut grads: Vec<T>,
        junk: f64,
        with_dx: bool,
        threads: &Threads,
    ) -> Outcome<T> {
        let (layer, batch) = (self.layer, pass.batch);
        let is_dirty = junk.is_nan();
        let junk = |n| vec![T::of(junk); n];
        let (params, mut buffers) = (cast::<T>(&self.params), cast(&self.buffers));
        let (x, mut dy) = (cast(&self.x), cast(&self.dy));
        let (mut y, mut dx) = (junk(dy.len()), junk(x.len()));
        // in a network, scratch is as long as the layer with the largest need requires
        let (mut tape, mut scratch) = (junk(layer.tape.len(batch)), junk(2 * layer.scratch.len(batch) + 7));
        threads.run(|| {
            (training.forward)(
                pass,
                Forward::new(&params, &mut buffers, &x, &mut y, [&mut tape, &mut scratch]),
            );
            // memory of unspecified length and content is unchanged, or has any content, or is empty
            let unused = |used: bool, numbers: &[T]| match (used, is_dirty, with_dx) {
                (true, ..) | (_, false, true) => numbers.to_vec(),
                (_, true, _) => junk(numbers.len()),
                (_, false, false) => Vec::new(),
            };
            let (x, y) = (unused(layer.memory.reads_input, &x), unused(layer.memory.reads_output, &y));
            (training.backward)(
                pass,
                Backward::new(
                    &params,
                    &mut buffers,
                    [&x, &y],
                    &mut dy,
                    with_dx.then_some(&mut dx),
                    &mut grads,
                    [&mut tape, &mut scratch],
                ),
            );
        });
        let dy = if layer.memory.preserves_dy { dy } else { Vec::new() };
        Outcome { y, dx, dy, grads, buffers }
    }

    fn arenas(&self) -> [&[f64]; 2] {
        [&self.params, &self.buffers]
    }

    /// Evaluates all examples, the given number at a time.
    fn infer(&self, at_a_time: usize) -> Vec<f64> {
        self.layer.predict(self.arenas(), &self.x, at_a_time)
    }

    /// Evaluates all examples on unfolded parameters.
    fn infer_unfolded(&self) -> Vec<f64> {
        self.layer.evaluate(self.pass, self.arenas(), &self.x, Epilogue::NONE)
    }

    /// Returns the output of a forward pass in training with an epilogue.
    fn train_with(&self, epilogue: Epilogue<'_, f64>) -> Vec<f64> {
        let Pass { batch, .. } = self.pass;
        let mut y = vec![f64::NAN; self.dy.len()];
        let io = Forward {
            params: &self.params,
            buffers: &mut self.buffers.clone(),
            x: &self.x,
            y: &mut y,
            epilogue,
            tape: &mut vec![f64::NAN; self.layer.tape.len(batch)],
            scratch: &mut vec![f64::NAN; self.layer.scratch.len(batch)],
        };
        (self.layer.double.forward)(self.pass, io);
        y
    }

    /// Returns the outputs of evaluations with an epilogue, on unfolded and on folded parameters.
    fn infer_with(&self, epilogue: Epilogue<'_, f64>) -> [Vec<f64>; 2] {
        [false, true].map(|folded| {
            let mut params = self.params.clone();
            if folded {
                (self.layer.fold)(&mut params, &self.buffers);
            }
            self.infer_on(&params, epilogue, Pass { folded, ..self.pass })
        })
    }

    /// Returns the output of an evaluation on other parameters, with an epilogue.
    fn infer_on(&self, params: &[f64], epilogue: Epilogue<'_, f64>, pass: Pass) -> Vec<f64> {
        self.layer.evaluate(pass, [params, &self.buffers], &self.x, epilogue)
    }

    /// Compares an evaluation after absorbing factors and with shifts against the same factors and shifts applied to
    /// the output `y`.
    fn absorbs(&self, y: &[f64]) -> Result<(), Violation> {
        let channels = self.layer.output.channels();
        let mut affine: Vec<f64> = (0..2 * channels).map(|i| 1.5 + (i as f64).sin()).collect();
        let (factors, shifts) = affine.split_at(channels);
        let both = factors.iter().zip(shifts).cycle();
        let expected: Vec<f64> = y.iter().zip(both).map(|(y, (factor, shift))| y * factor + shift).collect();
        let mut params = self.params.clone();
        (self.layer.absorb)(&mut params, &mut affine);
        let found = self.infer_on(&params, Epilogue::NONE.shifting(&affine[channels..]), self.pass);
        close(self.layer.name, "absorbs factors and shifts", &expected, &found, 1e-10)
    }

    /// Compares the gradients of a pass that rectifies its output with those of a pass whose `dy` is 0 where the output
    /// is not positive.
    fn differentiates_its_rectifier(&self) -> Result<(), Violation> {
        let run = |rectifies: bool| {
            let batch = self.pass.batch;
            let mut buffers = self.buffers.clone();
            let [mut y, mut dx] = [&self.dy, &self.x].map(|like| vec![f64::NAN; like.len()]);
            let (mut dy, mut grads) = (self.dy.clone(), self.before.clone());
            let [mut tape, mut scratch] =
                [self.layer.tape, self.layer.scratch].map(|space| vec![f64::NAN; space.len(batch)]);
            let (params, training) = (&self.params, &self.layer.double);
            let io = Forward::new(params, &mut buffers, &self.x, &mut y, [&mut tape, &mut scratch]);
            (training.forward)(self.pass, Forward { epilogue: Epilogue::rectifier(rectifies), ..io });
            if !rectifies {
                dy.iter_mut().zip(&y).filter(|&(_, &y)| y <= 0.0).for_each(|(dy, _)| *dy = 0.0);
            }
            let io = Backward::new(
                params,
                &mut buffers,
                [&self.x, &y],
                &mut dy,
                Some(&mut dx),
                &mut grads,
                [&mut tape, &mut scratch],
            );
            (training.backward)(self.pass, Backward { rectified: rectifies, ..io });
            [dx, grads]
        };
        let ([dx, grads], [dx_expected, expected]) = (run(true), run(false));
        let promise = "differentiates the rectifier that it performs";
        close(self.layer.name, promise, &dx_expected, &dx, 1e-12)?;
        close(self.layer.name, promise, &expected, &grads, 1e-12)
    }

    /// Returns a layer that the inspection shows twice, if there is one, and the last output that it shows.
    fn inspect(&self) -> (Option<String>, Vec<f64>) {
        let (mut seen, mut twice, mut last) = (HashSet::new(), None, self.x.clone());
        (self.layer.inspect)(self.arenas(), &self.x, &mut |layer, output| {
            if !seen.insert(layer.path.clone()) {
                twice = Some(layer.path.clone());
            }
            last = output.to_vec();
        });
        (twice, last)
    }
}

fn cast<T: Scalar>(numbers: &[f64]) -> Vec<T> {
    numbers.iter().map(|&x| T::of(x)).collect()
}

pub(super) fn same<V: PartialEq + Debug>(
    layer: &'static str,
    promise: &'static str,
    a: &V,
    b: &V,
) -> Result<(), Violation> {
    if a == b {
        return Ok(());
    }
    Err(Violation { layer, promise, found: format!("{a:?}\nand\n{b:?}") })
}

pub(super) fn close<A: Scalar, B: Scalar>(
    layer: &'static str,
    promise: &'static str,
    a: &[A],
    b: &[B],
    tolerance: f64,
) -> Result<(), Violation> {
    let scale = a.iter().fold(1.0_f64, |m, x| m.max(x.to_f64().abs()));
    for (i, (a, b)) in a.iter().zip(b).enumerate() {
        let difference = (a.to_f64() - b.to_f64()).abs() / scale;
        if difference > tolerance || difference.is_nan() {
            let found = format!("number {i} is {a} and {b}, apart by {difference:e} of the largest");
            return Err(Violation { layer, promise, found });
        }
    }
    Ok(())
}

mod declared;
mod subject;

#[cfg(test)]
mod tests;
#[cfg(test)]
mod wrappers;
