//! Defines elementwise layers: a formula and its derivative for each, and one implementation for all.

mod gated;
mod rectified;
mod saturating;

use std::marker::PhantomData;

pub use gated::{Gelu, GeluFormula, HardSwish, HardSwishFormula, Silu, SiluFormula};
pub use rectified::{
    Elu, EluFormula, LeakyRelu, LeakyReluFormula, Relu, ReluFormula, Softplus, SoftplusFormula,
};
pub use saturating::{
    HardSigmoid, HardSigmoidFormula, HardTanh, HardTanhFormula, Sigmoid, SigmoidFormula, Tanh, TanhFormula,
};

use crate::core::visitor::Pointwise;
use crate::core::{
    Backward, Cost, Forward, Fusion, Infer, Layer, Memory, Pass, ReceptiveField, Shape, Visitor, Workspace,
};
use plywood_kernel::Scalar;
use plywood_kernel::math::elementwise;

/// A function of one number, and its derivative.
///
/// The compiler vectorizes a formula that is written with the functions of [`functions`](crate::functions) and without
/// branches that do different work.
pub trait Activation: 'static {
    /// The keyword of `network!`.
    const NAME: &'static str;
    /// The approximate number of floating-point operations for one number.
    const FLOPS: usize;
    /// True if the derivative can be computed from the value y = f(x). The layer then works in place, and x is never
    /// stored.
    const FROM_OUTPUT: bool;
    /// True if the function is max(0, x), which the layer before can compute in its place.
    const IS_RECTIFIER: bool = false;

    /// Returns y = f(x).
    fn value<T: Scalar>(x: T) -> T;
    /// Returns f′(x), given f(x) if `FROM_OUTPUT` is true, and x otherwise.
    fn derivative<T: Scalar>(at: T) -> T;

    // The loops. For expensive formulas they are compiled once, in this crate.

    /// Computes `y[i] = f(y[i])`.
    #[doc(hidden)]
    fn map<T: Scalar>(y: &mut [T]) {
        elementwise::map(y, Self::value);
    }
    /// Computes `y[i] = f(x[i])`.
    #[doc(hidden)]
    fn map_to<T: Scalar>(x: &[T], y: &mut [T]) {
        elementwise::map_to(x, y, Self::value);
    }
    /// Computes `dy[i] *= f′`, given `y[i]` = f(x).
    #[doc(hidden)]
    fn chain<T: Scalar>(y: &[T], dy: &mut [T]) {
        elementwise::zip(dy, y, |dy, y| dy * Self::derivative(y));
    }
    /// Computes `dx[i] = dy[i] f′(x[i])`.
    #[doc(hidden)]
    fn chain_to<T: Scalar>(x: &[T], dy: &[T], dx: &mut [T]) {
        elementwise::zip_to(dy, x, dx, |dy, x| dy * Self::derivative(x));
    }
}

/// Applies an [`Activation`] to each number.
#[derive(Debug, Clone, Copy)]
pub struct Elementwise<F, S>(PhantomData<(F, S)>);

impl<F: Activation, S: Shape> Layer for Elementwise<F, S> {
    type In = S;
    type Out = S;

    const NAME: &'static str = F::NAME;
    const MEMORY: Memory = if F::FROM_OUTPUT {
        Memory::IN_PLACE.reads_output()
    } else {
        Memory::OUT_OF_PLACE.reads_input().preserves_dy()
    };
    const COST: Cost = Cost::FREE.flops(F::FLOPS * S::LEN).sees(ReceptiveField::POINT);
    const FUSION: Fusion = if F::IS_RECTIFIER { Fusion::NONE.is_rectifier() } else { Fusion::NONE };

    fn forward<T: Scalar>(_: Pass, io: Forward<'_, T>) {
        if F::FROM_OUTPUT {
            F::map(io.y);
        } else {
            F::map_to(io.x, io.y);
        }
    }

    fn backward<T: Scalar>(_: Pass, io: Backward<'_, T>) {
        if F::FROM_OUTPUT {
            F::chain(io.y, io.dy);
        } else if let Some(dx) = io.dx {
            F::chain_to(io.x, io.dy, dx);
        }
    }

    fn infer<T: Scalar>(pass: Pass, _: Infer<'_, T>, work: &mut Workspace<'_, T>) {
        work.in_place(S::LEN * pass.batch, F::map);
    }

    fn outline<V: Visitor>(visitor: &mut V) {
        visitor.pointwise::<Self>(&[]);
    }
}

impl<F: Activation, S: Shape> Pointwise for Elementwise<F, S> {
    fn change<T: Scalar>(_: &[T], _: &[T], pixels: &mut [T]) {
        F::map(pixels);
    }
}

#[cfg(test)]
pub(super) fn cases() -> Vec<super::checks::Case> {
    use crate::core::{Flat, Image};
    use crate::layers::{Dense, Dropout};

    super::checks::cases![
        Relu<Flat<7>>,
        Relu<Image<3, 5, 2>>,
        Sigmoid<Flat<17>>,
        Tanh<Image<2, 2, 3>>,
        LeakyRelu<Flat<9>>,
        LeakyRelu<Flat<9>, 0>,
        LeakyRelu<Image<2, 2, 3>, 250_000>,
        Elu<Flat<9>>,
        Elu<Flat<9>, 500_000>,
        Softplus<Flat<9>>,
        // a dense layer precedes units whose kinks lie outside the drawn inputs
        (Dense<8, 20>, HardSigmoid<Flat<20>>),
        (Dense<8, 20>, HardTanh<Flat<20>>),
        (Dense<8, 20>, HardSwish<Flat<20>>),
        (Dense<8, 20>, Gelu<Flat<20>>),
        (Dense<8, 20>, Silu<Flat<20>>),
        Gelu<Image<2, 3, 2>>,
        (Relu<Flat<6>>, Dense<6, 4>),
        (Dense<4, 6>, Sigmoid<Flat<6>>),
        // an output that is needed again, followed by a layer that works in place
        (Sigmoid<Flat<6>>, Tanh<Flat<6>>),
        ((Dense<4, 6>, Sigmoid<Flat<6>>), Dropout<Flat<6>, 300_000>),
        // one layer needs its input, its neighbor overwrites its own
        ((Silu<Flat<6>>, Relu<Flat<6>>), Gelu<Flat<6>>),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value<F: Activation>(x: f64) -> f64 {
        F::value(x)
    }

    /// A function, an argument and its value to 10 digits.
    type Row = (fn(f64) -> f64, f64, f64);

    #[test]
    fn values_are_those_of_the_formulas() {
        let table: [Row; 17] = [
            (value::<LeakyReluFormula<10_000>>, -2.0, -0.02),
            (value::<LeakyReluFormula<10_000>>, 3.0, 3.0),
            (value::<EluFormula<1_000_000>>, -1.0, -0.632_120_558_8),
            (value::<EluFormula<500_000>>, -1.0, -0.316_060_279_4),
            (value::<SoftplusFormula>, 1.0, 1.313_261_687_5),
            (value::<SoftplusFormula>, -1.0, 0.313_261_687_5),
            (value::<GeluFormula>, 1.0, 0.841_344_746_1),
            (value::<GeluFormula>, -2.0, -0.045_500_263_9),
            (value::<SiluFormula>, 1.0, 0.731_058_578_6),
            (value::<SiluFormula>, -1.0, -0.268_941_421_4),
            (value::<SigmoidFormula>, -2.0, 0.119_202_922_0),
            (value::<HardSigmoidFormula>, 0.0, 0.5),
            (value::<HardSigmoidFormula>, 1.5, 0.75),
            (value::<HardSwishFormula>, 1.5, 1.125),
            (value::<HardSwishFormula>, -4.0, 0.0),
            (value::<HardTanhFormula>, 0.25, 0.25),
            (value::<HardTanhFormula>, -7.0, -1.0),
        ];
        for (i, (f, x, expected)) in table.into_iter().enumerate() {
            assert!((f(x) - expected).abs() < 6e-11, "row {i}: f({x}) = {}, expected {expected}", f(x));
        }
    }

    /// Asserts that neither the value nor the derivative overflows or computes 0·∞ anywhere.
    fn finite<F: Activation>() {
        for x in [-1e4_f32, -200.0, -90.0, -1.0, 0.0, 1.0, 90.0, 200.0, 1e4] {
            let y = F::value(x);
            let derivative = F::derivative(if F::FROM_OUTPUT { y } else { x });
            assert!(y.is_finite() && derivative.is_finite(), "{}: {x} gives {y}, {derivative}", F::NAME);
            let (limit, slope) = if x > 50.0 { (x, 1.0) } else { (0.0, 0.0) };
            if x.abs() > 50.0 && matches!(F::NAME, "softplus" | "gelu" | "silu" | "hard_swish") {
                assert!((y - limit).abs() < 1e-6 && (derivative - slope).abs() < 1e-6, "{}: {x}", F::NAME);
            }
        }
        let (high, low) = (F::value(f64::INFINITY), F::value(-1e300_f64));
        if matches!(F::NAME, "tanh" | "sigmoid") {
            let slopes = [high, low].map(F::derivative);
            assert_eq!((high, slopes), (1.0, [0.0, 0.0]), "{} at its ends", F::NAME);
        }
        assert!(F::value(f32::NAN).is_nan(), "{} hides a NaN", F::NAME);
    }

    #[test]
    fn large_inputs_do_not_overflow_and_nan_is_not_hidden() {
        finite::<ReluFormula>();
        finite::<LeakyReluFormula<10_000>>();
        finite::<EluFormula<1_000_000>>();
        finite::<SoftplusFormula>();
        finite::<SigmoidFormula>();
        finite::<TanhFormula>();
        finite::<HardSigmoidFormula>();
        finite::<HardTanhFormula>();
        finite::<GeluFormula>();
        finite::<SiluFormula>();
        finite::<HardSwishFormula>();
    }
}
