//! Defines the scalars: `f32` for speed, `f64` for checking results precisely.

use simba::scalar::RealField;

use crate::compiled::Compiled;
use crate::math::float::Float;
use crate::numbers::Numbers;
use crate::simd::Lanes;

/// A scalar, `f32` or `f64`. Every kernel is written once, generic over this trait; it is sealed.
pub trait Scalar:
    RealField + Copy + Default + bytemuck::Pod + Lanes + Float + Compiled + Numbers<Self>
{
    /// The number 0.
    const ZERO: Self;
    /// The number 1.
    const ONE: Self;
    /// The spacing of numbers around 1.
    const EPSILON: Self;
    /// The name of the type, `f32` or `f64`.
    const NAME: &'static str;

    /// Returns the nearest number of this type.
    fn of(value: f64) -> Self;
    /// Returns the same number, exactly.
    fn to_f64(self) -> f64;
}

macro_rules! scalar {
    ($($type:ident),*) => {$(
        impl Scalar for $type {
            const ZERO: Self = 0.0;
            const ONE: Self = 1.0;
            const EPSILON: Self = $type::EPSILON;
            const NAME: &'static str = stringify!($type);

            #[inline(always)]
            fn of(value: f64) -> Self {
                value as $type
            }
            #[inline(always)]
            fn to_f64(self) -> f64 {
                self.into()
            }
        }
    )*};
}

scalar!(f32, f64);
