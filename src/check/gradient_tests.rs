//! Writes the gradient tests of networks in one line.

use super::contract;
use super::gradient::GradientCheck;
use super::report::{Report, TensorReport};
use super::targets::{DrawTarget, draw_targets};
use crate::core::{Declared, Layer, Shape};
use crate::error::Result;
use crate::loss::Loss;
use crate::model::Model;

/// The relative error that no gradient may reach.
const TOLERANCE: f64 = 1e-7;

/// Declares a test for each network: its gradients are exact, and it keeps the contract of a layer.
///
/// It stands in a module of tests, or in a file under `tests/`, and names networks that are in scope there. A test
/// draws parameters, inputs and a random linear loss for several seeds and sizes of the batch, the smallest first, and
/// compares up to 20 entries of each tensor with a numerical derivative in `f64`, to a relative error below 10⁻⁷. A
/// failure names the tensor with the largest error, the seed and the batch, and shows a table of all tensors.
///
/// ```
/// use plywood::network;
///
/// network! {
///     Reader: Flat<8> => Flat<3> { dense(6), tanh, dense(3) }
///     Wide: Flat<8> => (Flat<3>, Flat<1>) { dense(16), relu, heads { dense(3) } { dense(1) } }
/// }
///
/// plywood::gradient_tests!(Reader, Wide);
/// ```
///
/// # Losses
///
/// In parentheses a network can have a loss, with which it is tested as well:
///
/// ```
/// use plywood::loss::{Contrastive, MeanSquaredError};
/// use plywood::{SoftmaxCrossEntropy, network};
///
/// network! {
///     Reader: Flat<8> => Flat<3> { dense(6), tanh, dense(3) }
///     Wide: Flat<8> => (Flat<3>, Flat<1>) { dense(16), relu, heads { dense(3) } { dense(1) } }
///     Siamese: (Flat<4>, Flat<4>) => (Flat<2>, Flat<2>) { shared { dense(6), tanh, dense(2) } }
/// }
///
/// plywood::gradient_tests!(
///     Reader(loss = SoftmaxCrossEntropy),
///     Wide(loss = (SoftmaxCrossEntropy, MeanSquaredError)),
///     Siamese(loss = Contrastive { margin: 2.0 }, targets = |number| number % 2 == 0),
/// );
/// ```
///
/// Targets of the types that the losses of this library have are [drawn](crate::check::DrawTarget) until the loss
/// accepts them. For another type, or to choose them, `targets` is a function from the number of an example to its
/// target.
#[macro_export]
macro_rules! gradient_tests {
    (@with $network:ty, $loss:expr) => {
        $crate::check::test_gradients_with::<$network, _>(&$loss)
    };
    (@with $network:ty, $loss:expr, $targets:expr) => {
        $crate::check::test_gradients_on::<$network, _>(&$loss, $targets)
    };
    ($($network:ident $((loss = $loss:expr $(, targets = $targets:expr)? $(,)?))?),+ $(,)?) => {
        #[cfg(test)]
        mod gradient_tests {
            $(
                #[test]
                #[allow(non_snake_case)]
                fn $network() {
                    // what the expressions of losses and targets name
                    #[allow(unused_imports)]
                    use super::*;

                    $crate::check::test_gradients::<super::$network>();
                    $($crate::gradient_tests!(@with super::$network, $loss $(, $targets)?);)?
                }
            )+
        }
    };
}

/// Checks a network as [`gradient_tests!`](crate::gradient_tests) does.
///
/// # Panics
/// Panics for a wrong gradient, with the tensors' errors, and for a broken contract.
pub fn test_gradients<N: Layer>() {
    for_each_case(N::MIN_BATCH, &mut |batch, seed| {
        judge(N::NAME, batch, seed, "", check(seed).run_layer::<N>(batch));
    });
    if let Err(violation) = contract::<N>(N::MIN_BATCH.max(2), 1) {
        panic!("{violation}");
    }
}

/// Checks the gradients of a network with a loss, on targets that are drawn at random.
///
/// # Panics
/// Panics for a wrong gradient, with the tensors' errors, and if the loss accepts no targets that can be drawn.
pub fn test_gradients_with<N: Layer, L: Loss<N::Out, Target: DrawTarget>>(loss: &L) {
    let draw = |batch, seed| {
        draw_targets(loss, batch, seed).unwrap_or_else(|| {
            let name = loss.name();
            panic!("{}: no target that was drawn suits {name}: give some, `targets = |number| …`", N::NAME)
        })
    };
    test_on::<N, L>(loss, &draw);
}

/// Checks the gradients of a network with a loss, on targets that a function returns for the number of an example.
///
/// # Panics
/// Panics for a wrong gradient, with the tensors' errors, and for a target that the loss does not accept.
pub fn test_gradients_on<N: Layer, L: Loss<N::Out>>(loss: &L, targets: impl Fn(usize) -> L::Target) {
    // other examples for another seed
    let draw = |batch, seed: u64| (0..batch).map(|example| targets(seed as usize + example)).collect();
    test_on::<N, L>(loss, &draw);
}

/// Checks the gradients of a network with a loss on some targets, given the size of the batch and the seed.
fn test_on<N: Layer, L: Loss<N::Out>>(loss: &L, targets: &dyn Fn(usize, u64) -> Vec<L::Target>) {
    if let Err(error) = loss.check_settings::<f64>() {
        panic!("{}: {error}", loss.name());
    }
    for_each_case(N::MIN_BATCH, &mut |batch, seed| {
        let mut model = Model::<N, f64>::new(seed);
        let x = check(seed).draw(model.params_mut(), batch * N::In::LEN);
        let report = check(seed).run(&model, loss, &x, &targets(batch, seed));
        judge(N::NAME, batch, seed, &format!(", with the loss {}", loss.name()), report);
    });
}

fn check(seed: u64) -> GradientCheck {
    GradientCheck::new().entries(20).seed(seed)
}

/// Calls a function with the size of the batch, the smallest first, and a seed.
fn for_each_case(min_batch: usize, test: &mut dyn FnMut(usize, u64)) {
    for batch in min_batch..min_batch + 3 {
        for seed in 0..3 {
            test(batch, seed);
        }
    }
}

/// Panics if a gradient is wrong, and names the tensor whose gradient is the most so.
fn judge(network: &str, batch: usize, seed: u64, with: &str, report: Result<Report>) {
    let report = report.unwrap_or_else(|error| panic!("{network}: {error}"));
    let wrong = |tensor: &&TensorReport| tensor.relative_error.is_nan() || tensor.relative_error >= TOLERANCE;
    let Some(worst) = report.worst().filter(wrong) else { return };
    let TensorReport { name, worst: entry, exact, numerical, relative_error, .. } = worst;
    // a wrong `dx` of one layer makes the gradients of all layers before it wrong
    let parameters = || report.tensors.iter().filter(|tensor| tensor.name != "input");
    let right = match parameters().rfind(wrong) {
        Some(last) if parameters().next_back() == Some(last) => String::new(),
        Some(last) => format!("; those of all parameters after {} are right", last.name),
        None => "; those of all parameters are right".to_owned(),
    };
    panic!(
        "{network}: the gradient of {name} is wrong, with a batch of {batch} and the seed {seed}{with}: entry {entry} is \
         {exact:e}, but the numerical derivative is {numerical:e}, a relative error of {relative_error:.1e}{right}\n{report}"
    );
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::{Backward, Flat, Forward, Pass};
    use crate::layers::{BatchNorm, Dense, Tanh};
    use crate::loss::{BinaryFocal, MeanSquaredError, Poisson};
    use plywood_kernel::Scalar;

    /// y = x², with the derivative of x³/3.
    struct Wrong;

    impl Layer for Wrong {
        type In = Flat<2>;
        type Out = Flat<2>;
        const NAME: &'static str = "wrong";

        fn forward<T: Scalar>(_: Pass, io: Forward<'_, T>) {
            for (y, &x) in io.y.iter_mut().zip(io.x) {
                *y = x * x;
            }
        }
        fn backward<T: Scalar>(_: Pass, io: Backward<'_, T>) {
            for ((dx, &x), &dy) in io.dx.into_iter().flatten().zip(io.x).zip(&*io.dy) {
                *dx = dy * x * x;
            }
        }
    }

    #[test]
    fn a_right_gradient_passes() {
        test_gradients::<((Dense<3, 4>, BatchNorm<Flat<4>>), (Tanh<Flat<4>>, Dense<4, 2>))>();
    }

    #[test]
    #[should_panic(expected = "wrong: the gradient of input is wrong, with a batch of 1 and the seed 0")]
    fn a_wrong_gradient_is_named() {
        test_gradients::<Wrong>();
    }

    type Inner = (Dense<3, 2>, (Wrong, Dense<2, 2>));

    #[test]
    #[should_panic(expected = "; those of all parameters after dense1.bias are right\ntensor")]
    fn the_last_wrong_tensor_shows_which_layer_to_look_at() {
        test_gradients::<Inner>();
    }

    #[test]
    #[should_panic(expected = "and the seed 0, with the loss MeanSquaredError: entry")]
    fn a_wrong_gradient_is_found_with_a_loss() {
        test_gradients_with::<Inner, _>(&MeanSquaredError);
    }

    #[test]
    fn a_right_gradient_passes_with_a_loss() {
        type Right = (Dense<3, 4>, (Tanh<Flat<4>>, Dense<4, 2>));
        test_gradients_with::<Right, _>(&MeanSquaredError);
        test_gradients_with::<Right, _>(&BinaryFocal::default());
        test_gradients_on::<Right, _>(&Poisson, |number| [number as f32, 1.0]);
    }

    #[test]
    #[should_panic(expected = "targets: found ")]
    fn targets_that_do_not_suit_the_loss_are_named() {
        test_gradients_on::<Dense<3, 2>, _>(&BinaryFocal::default(), |_| [0.5, 1.0]);
    }
}
