//! Provides a fixed-size vector of scalars that begins on a cache line, and so on a vector register's boundary.

// `Pod` is implemented by hand: the derive would add a second version of `syn` to the build.
#![allow(unsafe_code)]

use std::marker::PhantomData;
use std::ops::{Deref, DerefMut};

use crate::Scalar;

#[derive(Clone, Copy)]
#[repr(C, align(64))]
struct Line([u8; 64]);

// SAFETY: 64 bytes at an alignment of 64: no padding, and every bit pattern is a valid value.
unsafe impl bytemuck::Zeroable for Line {}
// SAFETY: as above; `Copy`, `'static`, no interior mutability and no pointers.
unsafe impl bytemuck::Pod for Line {}

/// A vector of scalars that is allocated once, on a 64-byte boundary, and never grows.
#[derive(Clone)]
pub struct Aligned<T> {
    lines: Vec<Line>,
    len: usize,
    scalar: PhantomData<T>,
}

impl<T: Scalar> Aligned<T> {
    /// Allocates `len` zeros.
    #[must_use]
    pub fn zeros(len: usize) -> Self {
        let lines = (len * size_of::<T>()).div_ceil(size_of::<Line>());
        Self { lines: bytemuck::zeroed_vec(lines), len, scalar: PhantomData }
    }

    /// Allocates `len` zeros; returns `None` when memory cannot hold them.
    #[must_use]
    pub fn try_zeros(len: usize) -> Option<Self> {
        let lines = len.checked_mul(size_of::<T>())?.div_ceil(size_of::<Line>());
        Some(Self { lines: bytemuck::allocation::try_zeroed_vec(lines).ok()?, len, scalar: PhantomData })
    }
}

impl<T: Scalar> Deref for Aligned<T> {
    type Target = [T];
    #[inline]
    fn deref(&self) -> &[T] {
        &bytemuck::cast_slice(&self.lines)[..self.len]
    }
}

impl<T: Scalar> DerefMut for Aligned<T> {
    #[inline]
    fn deref_mut(&mut self) -> &mut [T] {
        &mut bytemuck::cast_slice_mut(&mut self.lines)[..self.len]
    }
}

impl<T> std::fmt::Debug for Aligned<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "[{} numbers]", self.len)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn begins_on_a_cache_line_with_exactly_its_length() {
        for len in [0, 1, 15, 16, 17, 1000] {
            let mut vector = Aligned::<f32>::zeros(len);
            assert_eq!(vector.len(), len);
            assert_eq!(vector.as_ptr() as usize % 64, 0);
            vector.fill(1.5);
            assert!(vector.iter().all(|&x| x == 1.5));
        }
        assert_eq!(Aligned::<f64>::zeros(9).len(), 9);
    }
}
