//! Writes the gradient tests of networks in one line.

use super::{GradientCheck, contract};
use crate::core::{Declared, Layer};

/// Declares a test for each network: its gradients are exact, and it keeps the contract of a layer.
///
/// It stands in a module of tests, or in a file under `tests/`, and names networks that are in scope there. A test draws
/// parameters, inputs and a random linear loss for several seeds and sizes of the batch, the smallest first, and compares
/// up to 20 entries of each tensor with a numerical derivative in `f64`, to a relative error below 10⁻⁷. A failure names the
/// seed and the batch and shows each tensor, with its worst entry.
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
#[macro_export]
macro_rules! gradient_tests {
    ($($network:ident),+ $(,)?) => {
        #[cfg(test)]
        mod gradient_tests {
            $(
                #[test]
                #[allow(non_snake_case)]
                fn $network() {
                    $crate::check::test_gradients::<super::$network>();
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
    const TOLERANCE: f64 = 1e-7;

    for batch in N::MIN_BATCH..N::MIN_BATCH + 3 {
        for seed in 0..3 {
            let report = GradientCheck::new().entries(20).seed(seed).run_layer::<N>(batch);
            match report {
                Ok(report) if report.relative_error() < TOLERANCE => {}
                Ok(report) => {
                    panic!(
                        "{}: a gradient is wrong, with a batch of {batch} and the seed {seed}\n{report}",
                        N::NAME
                    )
                }
                Err(error) => panic!("{}: {error}", N::NAME),
            }
        }
    }
    if let Err(violation) = contract::<N>(N::MIN_BATCH.max(2), 1) {
        panic!("{violation}");
    }
}

#[cfg(test)]
mod tests {
    use super::test_gradients;
    use crate::core::{Backward, Flat, Forward, Layer, Pass};
    use crate::layers::{BatchNorm, Dense, Tanh};
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
    #[should_panic(expected = "wrong: a gradient is wrong, with a batch of 1 and the seed 0")]
    fn a_wrong_gradient_is_named() {
        test_gradients::<Wrong>();
    }
}
