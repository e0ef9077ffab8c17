//! Dropout.

use std::marker::PhantomData;

use crate::kernel::parallel::over_rows;
use crate::{Backward, Forward, Layer, Pass, Place, Scalar, Shape, Stage};

/// `dropout(p)`: in training each number is 0 with probability p, and otherwise 1/(1 − p) times itself; in
/// evaluation the layer does nothing (Srivastava et al. 2014, in the "inverted" form that needs no correction at
/// evaluation).
///
/// p is `MILLIONTHS / 1,000,000`, since a type cannot hold a fraction: `Dropout<S, 500_000>` drops half.
///
/// Which numbers are dropped is a function of the pass's seed, the layer's position and the number's index:
/// the backward pass computes the mask again instead of storing it.
#[derive(Debug, Clone, Copy)]
pub struct Dropout<S, const MILLIONTHS: u32>(PhantomData<S>);

impl<S: Shape, const MILLIONTHS: u32> Dropout<S, MILLIONTHS> {
    fn apply<T: Scalar>(pass: Pass, y: &mut [T]) {
        const {
            assert!(MILLIONTHS < 1_000_000, "dropout: p must be at least 0 and less than 1");
        }
        let threshold = (u64::from(MILLIONTHS) << 32) / 1_000_000;
        let scale = T::of(1_000_000.0 / f64::from(1_000_000 - MILLIONTHS));
        let stream = mix(pass.seed ^ mix(pass.position as u64));
        let operations = 8 * y.len();
        over_rows(y, 1, operations, &|first, y| {
            for (i, y) in y.iter_mut().enumerate() {
                let draw = mix(stream.wrapping_add((first + i) as u64)) >> 32;
                *y = if draw < threshold { T::ZERO } else { *y * scale };
            }
        });
    }
}

impl<S: Shape, const MILLIONTHS: u32> Layer for Dropout<S, MILLIONTHS> {
    type In = S;
    type Out = S;

    const NAME: &'static str = "dropout";
    const FLOPS: usize = S::LEN;
    const PLACE: Place = Place::InPlace;
    const USES_INPUT: bool = false;

    fn forward<T: Scalar>(pass: Pass, io: Forward<'_, T>) {
        Self::apply(pass, io.y);
    }

    fn backward<T: Scalar>(pass: Pass, io: Backward<'_, T>) {
        Self::apply(pass, io.dy);
    }

    fn infer<T: Scalar>(_: Pass, _: &[T], _: &[T], _: &mut Stage<'_, T>) {}
}

/// A bijection of 64-bit numbers that looks random (`SplitMix64`, Steele et al. 2014).
fn mix(x: u64) -> u64 {
    let x = x.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let x = (x ^ (x >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ (x >> 31)
}
