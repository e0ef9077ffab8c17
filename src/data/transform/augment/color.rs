//! Changes brightness, contrast and saturation.
//!
//! Each augmentation draws a factor from 1 − amount to 1 + amount. Numbers may leave their original range: apply these
//! augmentations before a normalization, which works on any range.

use std::marker::PhantomData;

use crate::core::{Image, ImageShape, Shape};
use crate::data::transform::preprocess::{Keep, Vectors};
use crate::data::{Random, Transform};
use crate::error::{Error, Result};
use plywood_kernel::Scalar;

/// The largest difference of a factor from 1.
#[derive(Debug, Clone, Copy)]
struct Amount(f64);

impl Amount {
    fn new(amount: f64) -> Result<Self> {
        if (0.0..=1.0).contains(&amount) {
            Ok(Self(amount))
        } else {
            Err(Error::argument("amount", amount, "0 to 1"))
        }
    }

    fn draw<T: Scalar>(self, random: &mut Random) -> T {
        T::of(1.0 + random.between(-self.0, self.0))
    }
}

/// Defines an augmentation that draws a factor and blends each number with its value at a factor of 0.
macro_rules! jitter {
    ($(#[$docs:meta])* $name:ident[$($parameters:tt)*], $shape:ty, $kind:literal, |$factor:ident, $y:ident| $change:expr) => {
        $(#[$docs])*
        #[derive(Debug, Clone, Copy)]
        pub struct $name<S> {
            amount: Amount,
            shape: PhantomData<fn() -> S>,
        }

        impl<$($parameters)*> $name<$shape> {
            /// Draws factors that differ from 1 by up to `amount`.
            ///
            /// # Errors
            /// [`Error::Argument`] when `amount` is not from 0 to 1.
            pub fn new(amount: f64) -> Result<Self> {
                Ok(Self { amount: Amount::new(amount)?, shape: PhantomData })
            }

            /// Takes from `random` what one example takes.
            pub(super) fn skip(&self, random: &mut Random) {
                self.amount.draw::<f64>(random);
            }
        }

        impl<$($parameters)*> Transform for $name<$shape> {
            type In = $shape;
            type Out = $shape;

            fn apply<T: Scalar>(&self, x: &[T], y: &mut [T], _: &mut [T]) {
                y.copy_from_slice(x);
            }

            fn draw<T: Scalar>(&self, random: &mut Random, x: &[T], y: &mut [T], _: &mut [T]) {
                y.copy_from_slice(x);
                let ($factor, $y): (T, _) = (self.amount.draw(random), y);
                $change;
            }
        }

        impl<$($parameters)*> Keep for $name<$shape> {
            const KIND: &'static str = $kind;

            fn put(&self, vectors: &mut Vectors) {
                vectors.put("amount", vec![self.amount.0]);
            }

            fn take(vectors: &mut Vectors) -> Result<Self> {
                Self::new(vectors.take_number("amount")?)
            }
        }
    };
}

jitter! {
    /// Changes brightness: multiplies each number by one factor, f x.
    Brightness[S: Shape], S, "brightness", |factor, y| {
        for y in y {
            *y *= factor;
        }
    }
}

jitter! {
    /// Changes contrast: scales the difference of each number from the image's mean m by one factor, m + f (x − m).
    Contrast[S: ImageShape], S, "contrast", |factor, y| {
        let sum = y.iter().fold(T::ZERO, |sum, &y| sum + y);
        let mean = sum / T::of(y.len() as f64);
        for y in y {
            *y = mean + factor * (*y - mean);
        }
    }
}

jitter! {
    /// Changes saturation: scales the difference of each color from its gray g = 0.299 R + 0.587 G + 0.114 B (ITU-R
    /// BT.601) by one factor, g + f (x − g).
    Saturation[const H: usize, const W: usize], Image<H, W, 3>, "saturation", |factor, y| {
        for pixel in y.as_chunks_mut::<3>().0 {
            let [red, green, blue] = *pixel;
            let gray = T::of(0.299) * red + T::of(0.587) * green + T::of(0.114) * blue;
            *pixel = pixel.map(|y| gray + factor * (y - gray));
        }
    }
}
