//! Does a layer keep the contract of [`Layer`]?

use std::collections::HashSet;
use std::fmt::Debug;

use rand::rngs::Xoshiro256PlusPlus;
use rand::{RngExt as _, SeedableRng};

use crate::call;
use crate::layer::Folding;
use crate::predictor::{infer, space};
use crate::{
    Backward, Batch, Declared, Epilogue, Forward, Infer, Layer, Model, Pass, Predictor, Scalar, Shape,
    Threads, Workspace,
};

/// A promise of [`Layer`] or [`Loss`](crate::Loss) that a layer or loss does not keep.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{layer}: {promise}: {found}")]
pub struct Violation {
    /// The layer or loss.
    pub layer: &'static str,
    /// What should hold.
    pub promise: &'static str,
    /// What was found.
    pub found: String,
}

/// Runs a layer or network with random parameters and inputs, and checks what [`Layer`] promises of it but the
/// correctness of the gradient (for which see [`GradientCheck`](super::GradientCheck)):
///
/// * outputs and gradients do not depend on what tape, scratch, `y` and `dx` hold on entry;
/// * `dx` is written, and parameter gradients are added to what is there;
/// * parameter gradients are the same when nobody asks for `dx`;
/// * a gradient that was [cleared](Layer::clear) is, after a [fresh](Pass::fresh) pass, that added to zeros;
/// * `dy` is left as it is by layers that [say so](crate::Memory::keeps_dy);
/// * a second run, and runs on two and three threads, give the same bits;
/// * `f32` and `f64` agree;
/// * in evaluation, a batch gives what its examples give one by one, to rounding, on parameters that are
///   [folded](Layer::fold) as well as on those that are not;
/// * it does what its [`FUSION`](Layer::FUSION) says: performs [epilogues](Epilogue), differentiates them, is a rectifier,
///   absorbs factors;
/// * in evaluation, it draws nothing at random;
/// * an [inspection](Model::inspect) computes the same, and shows no layer of the outline twice;
/// * its [`COST`](Layer::COST) has no fewer layers and operations than its [outline](Layer::outline) shows, and it draws from
///   no stream of a layer after it;
/// * an output depends on no more inputs than the receptive field of its [`COST`](Layer::COST) holds, where they are tried;
/// * [minibatches](crate::Cost::min_batch) of the size that it needs move its running statistics;
/// * [`init`](Layer::init) gives the layers inside their starting values.
///
/// # Errors
/// The first [`Violation`] found.
///
/// # Panics
/// When `batch` is 0.
pub fn contract<L: Layer>(batch: usize, seed: u64) -> Result<(), Violation> {
    assert!(batch > 0, "a batch has at least one example");
    let run = Run::<L>::new(batch, seed);
    let clean = run.train::<f64>(0.0, true, &Threads::one());

    let dirty = run.train::<f64>(f64::NAN, true, &Threads::one());
    same(L::NAME, "does not depend on what its memory holds on entry", &clean, &dirty)?;

    let first = run.train::<f64>(0.0, false, &Threads::one());
    same(L::NAME, "gradients are the same without dx", &clean.grads, &first.grads)?;

    let fresh = Run::<L> { before: vec![0.0; L::PARAMS], ..Run::new(batch, seed) };
    let fresh = fresh.train::<f64>(0.0, true, &Threads::one());
    let sums: Vec<f64> = run.before.iter().zip(&fresh.grads).map(|(before, grads)| before + grads).collect();
    close(L::NAME, "adds to gradients", &sums, &clean.grads, 1e-12)?;

    let written = run.train_fresh();
    same(L::NAME, "a fresh gradient is that added to zeros", &fresh.grads, &written)?;

    if L::KEEPS_DY {
        same(L::NAME, "leaves dy as it is", &run.dy, &clean.dy)?;
        same(L::NAME, "leaves dy as it is without dx", &run.dy, &first.dy)?;
    }

    for count in [2, 3] {
        let threads = Threads::new(count).map_err(|error| Violation {
            layer: L::NAME,
            promise: "runs on several threads",
            found: error.to_string(),
        })?;
        let several = run.train::<f64>(0.0, true, &threads);
        same(L::NAME, "gives the same bits on any number of threads", &clean, &several)?;
    }

    // bounds relative to the largest number of a tensor: rounding of a sum of a few thousand terms
    let single = run.train::<f32>(0.0, true, &Threads::one());
    close(L::NAME, "f32 and f64 agree in y", &clean.y, &single.y, 1e-4)?;
    close(L::NAME, "f32 and f64 agree in dx", &clean.dx, &single.dx, 1e-3)?;
    close(L::NAME, "f32 and f64 agree in gradients", &clean.grads, &single.grads, 1e-3)?;

    let unfolded = run.infer_unfolded();
    let another = Run::<L> { pass: Pass { seed: !run.pass.seed, ..run.pass }, ..Run::new(batch, seed) };
    same(L::NAME, "evaluates without drawing at random", &unfolded, &another.infer_unfolded())?;

    let together = run.infer(batch);
    let apart = run.infer(1);
    close(L::NAME, "evaluates a batch as it does its examples", &together, &apart, 1e-12)?;
    close(L::NAME, "evaluates the same on folded parameters", &unfolded, &together, 1e-10)?;

    let [rectifies, adds] = [L::FUSION.can_rectify(), L::FUSION.can_add()];
    let (rectifier, addend) = (Epilogue::rectifier(true), Epilogue::NONE.adding(&run.dy));
    for (epilogue, can) in [(rectifier, rectifies), (addend, adds), (rectifier.adding(&run.dy), adds)] {
        if can {
            let finished = |y: &[f64]| {
                let mut y = y.to_vec();
                epilogue.apply(&mut y);
                y
            };
            let found = run.train_with(epilogue);
            close(L::NAME, "performs its epilogue in training", &finished(&clean.y), &found, 1e-12)?;
            let expected = finished(&unfolded);
            let [plain, folded] = run.infer_with(epilogue);
            close(L::NAME, "performs its epilogue in evaluation", &expected, &plain, 1e-12)?;
            close(L::NAME, "performs its epilogue on folded parameters", &expected, &folded, 1e-10)?;
        }
    }
    if L::FUSION.differentiates {
        run.differentiates_its_rectifier()?;
    }
    if L::FUSION.is_rectifier {
        let rectified: Vec<f64> = run.x.iter().map(|x| x.max(0.0)).collect();
        close(L::NAME, "is the rectifier that it says", &rectified, &clean.y, 0.0)?;
        close(L::NAME, "is the rectifier that it says", &rectified, &unfolded, 0.0)?;
    }
    if matches!(L::FUSION.folding, Folding::Absorbs) {
        run.absorbs(&unfolded)?;
    }

    let (twice, last) = run.inspect();
    same(L::NAME, "shows no layer twice when inspected", &twice, &None)?;
    same(L::NAME, "computes the same when inspected", &unfolded, &last)?;
    run.declared()
}

/// What a training pass gives.
#[derive(Debug, PartialEq)]
struct Outcome<T> {
    y: Vec<T>,
    dx: Vec<T>,
    /// Where the layer leaves it alone.
    dy: Vec<T>,
    grads: Vec<T>,
    buffers: Vec<T>,
}

struct Run<L> {
    model: Model<L, f64>,
    x: Vec<f64>,
    dy: Vec<f64>,
    /// What lies in the gradient already.
    before: Vec<f64>,
    pass: Pass,
}

impl<L: Layer> Run<L> {
    fn new(batch: usize, seed: u64) -> Self {
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed);
        let mut model = Model::<L, f64>::new(seed);
        for parameter in model.params_mut() {
            *parameter += rng.random_range(-0.5..0.5);
        }
        for statistic in model.buffers_mut() {
            *statistic += rng.random_range(0.0..0.5);
        }
        // numbers that f32 holds exactly, so that both precisions begin with the same
        let mut numbers = |n| (0..n).map(|_| f64::from(rng.random_range(-1.0_f32..1.0))).collect::<Vec<_>>();
        Self {
            x: numbers(batch * L::In::LEN),
            dy: numbers(batch * L::Out::LEN),
            before: numbers(L::PARAMS),
            model: model.cast::<f32>().cast(),
            pass: Pass::new(batch, seed),
        }
    }

    fn train<T: Scalar>(&self, junk: f64, with_dx: bool, threads: &Threads) -> Outcome<T> {
        self.pass_over(self.pass, cast(&self.before), junk, with_dx, threads)
    }

    /// The gradient of a pass that is the first of its step.
    fn train_fresh(&self) -> Vec<f64> {
        let mut grads = vec![f64::NAN; L::PARAMS];
        call::clear::<L, f64>(&mut grads);
        let pass = Pass { fresh: true, ..self.pass };
        self.pass_over(pass, grads, 0.0, true, &Threads::one()).grads
    }

    /// The output of another pass over the same examples.
    fn train_y(&self, pass: Pass) -> Vec<f64> {
        self.pass_over(pass, self.before.clone(), 0.0, true, &Threads::one()).y
    }

    /// The running statistics after a pass.
    fn train_buffers(&self) -> Vec<f64> {
        self.train::<f64>(0.0, true, &Threads::one()).buffers
    }

    fn pass_over<T: Scalar>(
        &self,
        pass: Pass,
        mut grads: Vec<T>,
        junk: f64,
        with_dx: bool,
        threads: &Threads,
    ) -> Outcome<T> {
        let batch = pass.batch;
        let is_dirty = junk.is_nan();
        let junk = |n| vec![T::of(junk); n];
        let model = self.model.cast::<T>();
        let mut buffers = model.buffers().to_vec();
        let (x, mut dy) = (cast(&self.x), cast(&self.dy));
        let (mut y, mut dx) = (junk(batch * L::Out::LEN), junk(batch * L::In::LEN));
        // in a network scratch is as long as the layer that needs most wants it
        let (mut tape, mut scratch) = (junk(L::TAPE.len(batch)), junk(2 * L::SCRATCH.len(batch) + 7));
        run_on(threads, &mut || {
            call::forward::<L, T>(
                pass,
                Forward::new(model.params(), &mut buffers, &x, &mut y, [&mut tape, &mut scratch]),
            );
            // what is of unspecified length and content is as it was, or of any content, or nothing at all
            let unused = |used: bool, numbers: &[T]| match (used, is_dirty, with_dx) {
                (true, ..) | (_, false, true) => numbers.to_vec(),
                (_, true, _) => junk(numbers.len()),
                (_, false, false) => Vec::new(),
            };
            let (x, y) = (unused(L::READS_INPUT, &x), unused(L::READS_OUTPUT, &y));
            call::backward::<L, T>(
                pass,
                Backward::new(
                    model.params(),
                    &mut buffers,
                    [&x, &y],
                    &mut dy,
                    with_dx.then_some(&mut dx),
                    &mut grads,
                    [&mut tape, &mut scratch],
                ),
            );
        });
        let dy = if L::KEEPS_DY { dy } else { Vec::new() };
        Outcome { y, dx, dy, grads, buffers }
    }

    /// Evaluates all examples, so many at a time.
    fn infer(&self, at_a_time: usize) -> Vec<f64> {
        let mut predictor = Predictor::new(&self.model);
        let mut y = vec![f64::NAN; self.pass.batch * L::Out::LEN];
        for (x, y) in self.x.chunks(at_a_time * L::In::LEN).zip(y.chunks_mut(at_a_time * L::Out::LEN)) {
            predictor.infer_into(x, y);
        }
        y
    }

    /// Evaluates all examples on the parameters as they are.
    fn infer_unfolded(&self) -> Vec<f64> {
        let mut y = vec![f64::NAN; self.pass.batch * L::Out::LEN];
        let mut work = vec![f64::NAN; space::<L>(self.pass.batch)];
        let arenas = [self.model.params(), self.model.buffers()];
        infer::<L, f64>(self.pass, arenas, &self.x, &mut y, &mut work);
        y
    }

    /// The output of a forward pass in training with an epilogue.
    fn train_with(&self, epilogue: Epilogue<'_, f64>) -> Vec<f64> {
        let Pass { batch, .. } = self.pass;
        let mut y = vec![f64::NAN; batch * L::Out::LEN];
        let io = Forward {
            params: self.model.params(),
            buffers: &mut self.model.buffers().to_vec(),
            x: &self.x,
            y: &mut y,
            epilogue,
            tape: &mut vec![f64::NAN; L::TAPE.len(batch)],
            scratch: &mut vec![f64::NAN; L::SCRATCH.len(batch)],
        };
        call::forward::<L, f64>(self.pass, io);
        y
    }

    /// The output of an evaluation with an epilogue, on the parameters as they are and folded.
    fn infer_with(&self, epilogue: Epilogue<'_, f64>) -> [Vec<f64>; 2] {
        [false, true].map(|folded| {
            let mut params = self.model.params().to_vec();
            if folded {
                call::fold::<L, f64>(&mut params, self.model.buffers());
            }
            self.infer_on(&params, epilogue, Pass { folded, ..self.pass })
        })
    }

    /// The output of an evaluation on other parameters, with an epilogue.
    fn infer_on(&self, params: &[f64], epilogue: Epilogue<'_, f64>, pass: Pass) -> Vec<f64> {
        let [mut front, mut back] = [(); 2].map(|()| vec![f64::NAN; L::WIDTH * pass.batch]);
        let mut scratch = vec![f64::NAN; L::INFER_SCRATCH.len(pass.batch)];
        let mut work = Workspace::new(&self.x, &mut front, &mut back, &mut scratch);
        let io = Infer { epilogue, ..Infer::new(params, self.model.buffers()) };
        call::infer::<L, f64>(pass, io, &mut work);
        work.content(L::Out::LEN * pass.batch).to_vec()
    }

    /// Compares an evaluation after absorbing factors, with shifts, with what they make of the output `y` without them.
    fn absorbs(&self, y: &[f64]) -> Result<(), Violation> {
        let channels = <L::Out as Shape>::DIMS.channels();
        let mut affine: Vec<f64> = (0..2 * channels).map(|i| 1.5 + (i as f64).sin()).collect();
        let (factors, shifts) = affine.split_at(channels);
        let both = factors.iter().zip(shifts).cycle();
        let expected: Vec<f64> = y.iter().zip(both).map(|(y, (factor, shift))| y * factor + shift).collect();
        let mut params = self.model.params().to_vec();
        L::absorb(&mut params, &mut affine);
        let found = self.infer_on(&params, Epilogue::NONE.shifting(&affine[channels..]), self.pass);
        close(L::NAME, "absorbs factors and shifts", &expected, &found, 1e-10)
    }

    /// Compares the gradients of a pass that rectifies its output with those of one whose `dy` is 0 where the output is not
    /// positive.
    fn differentiates_its_rectifier(&self) -> Result<(), Violation> {
        let run = |rectifies: bool| {
            let batch = self.pass.batch;
            let mut buffers = self.model.buffers().to_vec();
            let [mut y, mut dx] = [L::Out::LEN, L::In::LEN].map(|len| vec![f64::NAN; len * batch]);
            let (mut dy, mut grads) = (self.dy.clone(), self.before.clone());
            let [mut tape, mut scratch] = [L::TAPE, L::SCRATCH].map(|space| vec![f64::NAN; space.len(batch)]);
            let params = self.model.params();
            let io = Forward::new(params, &mut buffers, &self.x, &mut y, [&mut tape, &mut scratch]);
            call::forward::<L, f64>(self.pass, Forward { epilogue: Epilogue::rectifier(rectifies), ..io });
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
            call::backward::<L, f64>(self.pass, Backward { rectified: rectifies, ..io });
            [dx, grads]
        };
        let ([dx, grads], [dx_expected, expected]) = (run(true), run(false));
        let promise = "differentiates the rectifier that it performs";
        close(L::NAME, promise, &dx_expected, &dx, 1e-12)?;
        close(L::NAME, promise, &expected, &grads, 1e-12)
    }

    /// A layer that is shown twice, and what is shown last.
    fn inspect(&self) -> (Option<String>, Vec<f64>) {
        let mut x = Batch::zeros(self.pass.batch);
        x.as_mut_slice().copy_from_slice(&self.x);
        let (mut seen, mut twice, mut last) = (HashSet::new(), None, self.x.clone());
        self.model.inspect(&x, |layer, output| {
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

/// [`Threads::run`], compiled once and not for each layer.
fn run_on(threads: &Threads, work: &mut (dyn FnMut() + Send)) {
    threads.run(work);
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

#[cfg(test)]
mod tests;
#[cfg(test)]
mod wrappers;
