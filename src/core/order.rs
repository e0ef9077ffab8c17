//! Puts examples of pairs of shapes in the [order of a batch](Shape#the-order-of-a-batch), and back.

use crate::core::{Dims, Shape};
use plywood_kernel::Scalar;
use plywood_kernel::math::columns::{columns, put_columns};

/// Calls `visit(start, len)` for each vector and image of an example: where it begins in the example, and its length.
///
/// In a batch of n examples, the part begins at n · start.
fn parts(dims: Dims, start: usize, visit: &mut impl FnMut(usize, usize)) {
    match dims {
        Dims::Pair(first, second) => {
            parts(*first, start, visit);
            parts(*second, start + first.len(), visit);
        }
        Dims::Flat(_) | Dims::Image(..) => visit(start, dims.len()),
    }
}

/// Writes examples that lie one after the other in the order of a batch.
pub(crate) fn to_batch<S: Shape, T: Scalar>(examples: &[T], batch: &mut [T]) {
    let count = batch.len() / S::LEN;
    parts(S::DIMS, 0, &mut |start, len| {
        columns(examples, S::LEN, start, &mut batch[count * start..][..count * len], len);
    });
}

/// Writes a batch as examples that lie one after the other: the reverse of [`to_batch`].
pub(crate) fn to_examples<S: Shape, T: Scalar>(batch: &[T], examples: &mut [T]) {
    let count = batch.len() / S::LEN;
    parts(S::DIMS, 0, &mut |start, len| {
        put_columns(&batch[count * start..][..count * len], len, examples, S::LEN, start);
    });
}

/// Copies one example out of a batch.
pub(crate) fn gather<S: Shape, T: Scalar>(batch: &[T], index: usize, example: &mut [T]) {
    let count = batch.len() / S::LEN;
    parts(S::DIMS, 0, &mut |start, len| {
        example[start..][..len].copy_from_slice(&batch[count * start + index * len..][..len]);
    });
}

/// Copies one example into a batch.
pub(crate) fn scatter<S: Shape, T: Scalar>(example: &[T], index: usize, batch: &mut [T]) {
    let count = batch.len() / S::LEN;
    parts(S::DIMS, 0, &mut |start, len| {
        batch[count * start + index * len..][..len].copy_from_slice(&example[start..][..len]);
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::{Flat, Image};

    #[test]
    fn parts_lie_one_after_the_other() {
        type Nested = (Flat<1>, (Image<1, 2, 1>, Flat<1>));
        let examples: Vec<f32> = (0..8_u8).map(f32::from).collect();
        let expected = [0.0, 4.0, 1.0, 2.0, 5.0, 6.0, 3.0, 7.0];
        let [mut batch, mut back, mut scattered] = [(); 3].map(|()| vec![f32::NAN; 8]);
        to_batch::<Nested, f32>(&examples, &mut batch);
        assert_eq!(batch, expected);
        to_examples::<Nested, f32>(&batch, &mut back);
        assert_eq!(back, examples);
        for (index, example) in examples.chunks_exact(4).enumerate() {
            let mut gathered = [f32::NAN; 4];
            gather::<Nested, f32>(&batch, index, &mut gathered);
            assert_eq!(gathered, example);
            scatter::<Nested, f32>(example, index, &mut scattered);
        }
        assert_eq!(scattered, expected);
    }
}
