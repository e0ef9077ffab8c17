//! Checks that a loss keeps the contract of [`Loss`].

use rand::rngs::Xoshiro256PlusPlus;
use rand::{RngExt as _, SeedableRng};

use super::Violation;
use super::contract::{close, same};
use crate::core::{Shape, order};
use crate::loss::Loss;
use plywood_kernel::Scalar;

/// Checks the promises of [`Loss`] by running a loss on random outputs and the given targets, one for each example.
///
/// It checks every promise except the correctness of the derivative, for which see
/// [`GradientCheck::run_loss`](super::GradientCheck::run_loss):
///
/// * the loss accepts its own settings, and the given targets;
/// * the derivative does not depend on the content of its memory on entry;
/// * the loss is the same with and without the derivative, and a second time;
/// * loss, derivative and sums of a batch are those of its examples, put together;
/// * an error has a name;
/// * `f32` and `f64` agree;
/// * a NaN among the outputs shows in the loss, and makes the error larger than 0 if there is one.
///
/// ```
/// use plywood::loss::Huber;
/// use plywood::{Flat, check};
///
/// check::loss::<Flat<2>, _>(&Huber::default(), &[[0.5, -1.0], [3.0, 0.0]], 1)?;
/// # Ok::<(), check::Violation>(())
/// ```
///
/// # Errors
/// Returns the first [`Violation`] found.
///
/// # Panics
/// Panics if there are no targets.
pub fn loss<Out: Shape, L: Loss<Out>>(loss: &L, targets: &[L::Target], seed: u64) -> Result<(), Violation> {
    assert!(!targets.is_empty(), "a batch has at least one example");
    let name = std::any::type_name::<L>();
    let violation = |promise, found| Err(Violation { layer: name, promise, found });
    if let Err(error) = loss.check_settings::<f32>() {
        return violation("fits its settings", error.to_string());
    }
    if let Some(unfit) = targets.iter().find_map(|&target| loss.check(target).err()) {
        return violation("fits the targets", format!("{}, expected {}", unfit.found, unfit.expected));
    }
    let mut rng = Xoshiro256PlusPlus::seed_from_u64(seed);
    // numbers that f32 holds exactly, so that both precisions begin with the same
    let examples: Vec<f32> = (0..targets.len() * Out::LEN).map(|_| rng.random_range(-2.0..2.0)).collect();
    let examples = cast::<f64>(&examples);
    let outputs = batch_of::<Out>(&examples);

    let clean = gradient(loss, &outputs, targets, 0.0);
    let dirty = gradient(loss, &outputs, targets, f64::NAN);
    same(name, "does not depend on what its memory holds on entry", &clean, &dirty)?;
    same(name, "is the same with and without the derivative", &clean.0, &loss.value(&outputs, targets))?;

    let count = targets.len() as f64;
    let mut parts = (0.0, Vec::new(), vec![0.0; L::SUMS]);
    for (output, target) in examples.chunks_exact(Out::LEN).zip(targets.chunks_exact(1)) {
        let (value, derivative) = gradient(loss, output, target, 0.0);
        parts.0 += value / count;
        parts.1.extend(derivative.into_iter().map(|d| d / count));
        loss.judge(output, target, &mut parts.2);
    }
    close(name, "is the mean over its examples", &[clean.0], &[parts.0], 1e-12)?;
    close(name, "has the derivative of that mean", &clean.1, &batch_of::<Out>(&parts.1), 1e-12)?;
    let mut sums = vec![0.0; L::SUMS];
    loss.judge(&outputs, targets, &mut sums);
    close(name, "adds to its sums what each example does", &sums, &parts.2, 1e-12)?;
    if loss.error(&sums, targets.len()).is_some() && L::ERROR.is_none() {
        return violation("names its error", "an error, but no `ERROR`".to_owned());
    }

    let single: Vec<f32> = outputs.iter().map(|&y| y as f32).collect();
    let single = gradient(loss, &single, targets, 0.0);
    close(name, "f32 and f64 agree in the loss", &[clean.0], &[single.0], 1e-5)?;
    close(name, "f32 and f64 agree in the derivative", &clean.1, &single.1, 1e-5)?;

    for place in 0..Out::LEN {
        let mut examples = examples.clone();
        examples[place] = f64::NAN;
        let value = loss.value(&batch_of::<Out>(&examples), targets);
        if value.is_finite() {
            return violation("shows a NaN", format!("a loss of {value} with a NaN as output {place}"));
        }
        sums.fill(0.0);
        loss.judge(&examples[..Out::LEN], &targets[..1], &mut sums);
        if loss.error(&sums, 1) == Some(0.0) {
            return violation("takes a NaN for an error", format!("none with a NaN as output {place}"));
        }
    }
    Ok(())
}

/// Returns examples in the order of a batch.
fn batch_of<Out: Shape>(examples: &[f64]) -> Vec<f64> {
    let mut batch = vec![0.0; examples.len()];
    order::to_batch::<Out, f64>(examples, &mut batch);
    batch
}

fn cast<T: Scalar>(numbers: &[f32]) -> Vec<T> {
    numbers.iter().map(|&number| T::of(f64::from(number))).collect()
}

/// Returns loss and derivative, the latter written to memory filled with `junk`.
fn gradient<Out: Shape, L: Loss<Out>, T: Scalar>(
    loss: &L,
    outputs: &[T],
    targets: &[L::Target],
    junk: f64,
) -> (f64, Vec<T>) {
    let mut derivative = vec![T::of(junk); outputs.len()];
    let value = loss.gradient(outputs, targets, &mut derivative);
    (value, derivative)
}
