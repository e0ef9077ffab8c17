//! Defines values that consist of numbers and nothing else: numbers, nested arrays of them, and two such values side by
//! side.

// A slice of the numbers is a view of the value's own memory.
#![allow(unsafe_code)]

use std::alloc::{Layout, alloc_zeroed, handle_alloc_error};
use std::{ptr, slice};

use crate::Scalar;

/// A value that consists of numbers of type `T`, one directly after the other, and of nothing else.
///
/// # Safety
/// The type has the alignment of `T` and the size of [`LEN`](Self::LEN) numbers of type `T`, each of which is an
/// initialized `T`, and any `LEN` numbers are a valid value.
pub unsafe trait Numbers<T: Scalar>: Copy + Send + Sync + 'static {
    /// The count of numbers.
    const LEN: usize;

    /// Returns the numbers in memory order.
    fn as_slice(&self) -> &[T] {
        // SAFETY: the implementation promises `LEN` initialized numbers from here on, borrowed as `self` is.
        unsafe { slice::from_raw_parts(ptr::from_ref(self).cast(), Self::LEN) }
    }

    /// Returns the numbers in memory order, mutably.
    fn as_mut_slice(&mut self) -> &mut [T] {
        // SAFETY: as in `as_slice`, and any numbers written there are a valid value.
        unsafe { slice::from_raw_parts_mut(ptr::from_mut(self).cast(), Self::LEN) }
    }

    /// Returns the numbers of several values, one after the other.
    #[must_use]
    fn as_flattened(values: &[Self]) -> &[T] {
        // SAFETY: as in `as_slice`; the elements of a slice lie one directly after the other, and a slice in memory has
        // no more than `isize::MAX` bytes.
        unsafe { slice::from_raw_parts(values.as_ptr().cast(), values.len() * Self::LEN) }
    }

    /// Returns a value of zeros.
    #[must_use]
    fn zeros() -> Self;

    /// Returns a value of zeros on the heap, without using the stack.
    #[must_use]
    fn boxed_zeros() -> Box<Self> {
        let layout = Layout::new::<Self>();
        if layout.size() == 0 {
            return Box::new(Self::zeros());
        }
        // SAFETY: the size is not 0.
        let memory = unsafe { alloc_zeroed(layout) };
        if memory.is_null() {
            handle_alloc_error(layout);
        }
        // SAFETY: allocated here with the layout of `Self`, by the allocator of boxes; `T` is `Pod`, so zeroed bytes are
        // numbers, and any numbers are a valid value.
        unsafe { Box::from_raw(memory.cast()) }
    }
}

/// Two values side by side in memory, the first before the second.
///
/// ```
/// use plywood_kernel::numbers::{Both, Numbers};
///
/// let both = Both([1.0_f32, 2.0], [[3.0_f32], [4.0]]);
/// let numbers: &[f32] = both.as_slice();
/// assert_eq!(numbers, [1.0, 2.0, 3.0, 4.0]);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Default)]
#[repr(C)]
pub struct Both<A, B>(pub A, pub B);

impl<A, B> From<(A, B)> for Both<A, B> {
    fn from((first, second): (A, B)) -> Self {
        Self(first, second)
    }
}

impl<A, B> From<Both<A, B>> for (A, B) {
    fn from(Both(first, second): Both<A, B>) -> Self {
        (first, second)
    }
}

// SAFETY: a number is one number.
unsafe impl Numbers<f32> for f32 {
    const LEN: usize = 1;
    fn zeros() -> Self {
        0.0
    }
}

// SAFETY: a number is one number.
unsafe impl Numbers<f64> for f64 {
    const LEN: usize = 1;
    fn zeros() -> Self {
        0.0
    }
}

// SAFETY: an array has the alignment of its elements, and no bytes but theirs.
unsafe impl<T: Scalar, A: Numbers<T>, const N: usize> Numbers<T> for [A; N] {
    const LEN: usize = N * A::LEN;
    fn zeros() -> Self {
        [A::zeros(); N]
    }
}

// SAFETY: both have the alignment of `T` and a size that is a multiple of it, so `repr(C)` puts the second directly after
// the first and nothing after that.
unsafe impl<T: Scalar, A: Numbers<T>, B: Numbers<T>> Numbers<T> for Both<A, B> {
    const LEN: usize = A::LEN + B::LEN;
    fn zeros() -> Self {
        Self(A::zeros(), B::zeros())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Nested = Both<[[f32; 2]; 3], Both<[f32; 1], [f32; 4]>>;

    #[test]
    fn numbers_lie_in_the_order_in_which_they_are_written() {
        let mut value: Nested =
            Both([[0.0, 1.0], [2.0, 3.0], [4.0, 5.0]], Both([6.0], [7.0, 8.0, 9.0, 10.0]));
        let expected: Vec<f32> = (0..=10_u8).map(f32::from).collect();
        assert_eq!((<Nested as Numbers<f32>>::LEN, value.as_slice()), (11, &expected[..]));
        let two = [value, value];
        let all: &[f32] = Numbers::as_flattened(&two);
        assert_eq!(all, [&expected[..], &expected[..]].concat());
        value.as_mut_slice()[6] = -1.0;
        assert_eq!(value.1.0, [-1.0]);
    }

    #[test]
    fn zeros_are_made_on_the_stack_and_on_the_heap() {
        let zeros: Nested = Numbers::<f32>::zeros();
        assert_eq!(*<Nested as Numbers<f32>>::boxed_zeros(), zeros);
        assert!(zeros.as_slice().iter().all(|&x: &f32| x == 0.0));
        // more than any stack holds
        let large = <Both<[[f64; 1 << 20]; 32], [f64; 3]> as Numbers<f64>>::boxed_zeros();
        assert_eq!((large.0[31][7], large.1), (0.0, [0.0; 3]));
    }
}
