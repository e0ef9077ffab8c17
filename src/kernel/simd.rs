//! Vectors of either scalar type, on any instruction set.
//!
//! `pulp` detects the instruction set and hands out a token `S: Simd` that proves it. [`Lanes`] maps the
//! scalar type to `S`'s vectors, so that a kernel is written once for `f32` and `f64`.

// Masked loads and stores take a raw pointer: the rest of the vector may lie outside the slice.
#![allow(unsafe_code)]

use pulp::{MemMask, Simd};

/// A scalar with vectors of it. Public only as the hidden supertrait that seals [`Scalar`](crate::Scalar).
pub trait Lanes: Sized + Copy + Send + Sync + 'static {
    /// A register full.
    type Vector<S: Simd>: Copy + bytemuck::Pod + Send + Sync;
    /// A truth value for each lane.
    type Mask<S: Simd>: Copy;
    /// Which of the first lanes to load or store.
    type Part<S: Simd>: Copy;

    /// Numbers in a vector.
    fn lanes<S: Simd>() -> usize;
    /// The whole vectors of a slice, and the rest.
    fn vectors<S: Simd>(slice: &[Self]) -> (&[Self::Vector<S>], &[Self]);
    /// The whole vectors of a slice, and the rest, to write to.
    fn vectors_mut<S: Simd>(slice: &mut [Self]) -> (&mut [Self::Vector<S>], &mut [Self]);
    /// The first `slice.len()` lanes from a slice shorter than a vector, the others zero.
    fn load_partial<S: Simd>(simd: S, slice: &[Self]) -> Self::Vector<S>;
    /// The first `slice.len()` lanes into a slice shorter than a vector.
    fn store_partial<S: Simd>(simd: S, slice: &mut [Self], vector: Self::Vector<S>);
    /// Selects the first `count` lanes.
    fn part<S: Simd>(simd: S, count: usize) -> Self::Part<S>;
    /// Loads the selected lanes, the others zero.
    ///
    /// # Safety
    /// The selected lanes must lie in memory that may be read.
    unsafe fn load_part<S: Simd>(simd: S, part: Self::Part<S>, from: *const Self) -> Self::Vector<S>;
    /// Stores the selected lanes.
    ///
    /// # Safety
    /// The selected lanes must lie in memory that may be written.
    unsafe fn store_part<S: Simd>(simd: S, part: Self::Part<S>, to: *mut Self, vector: Self::Vector<S>);

    /// The same number in every lane.
    fn lanes_splat<S: Simd>(simd: S, value: Self) -> Self::Vector<S>;
    /// `a + b`
    fn lanes_add<S: Simd>(simd: S, a: Self::Vector<S>, b: Self::Vector<S>) -> Self::Vector<S>;
    /// `a - b`
    fn lanes_sub<S: Simd>(simd: S, a: Self::Vector<S>, b: Self::Vector<S>) -> Self::Vector<S>;
    /// `a * b`
    fn lanes_mul<S: Simd>(simd: S, a: Self::Vector<S>, b: Self::Vector<S>) -> Self::Vector<S>;
    /// `a / b`
    fn lanes_div<S: Simd>(simd: S, a: Self::Vector<S>, b: Self::Vector<S>) -> Self::Vector<S>;
    /// `a * b + c`, fused where the instruction set can.
    fn lanes_mul_add<S: Simd>(
        simd: S,
        a: Self::Vector<S>,
        b: Self::Vector<S>,
        c: Self::Vector<S>,
    ) -> Self::Vector<S>;
    /// The larger in each lane.
    fn lanes_max<S: Simd>(simd: S, a: Self::Vector<S>, b: Self::Vector<S>) -> Self::Vector<S>;
    /// The smaller in each lane.
    fn lanes_min<S: Simd>(simd: S, a: Self::Vector<S>, b: Self::Vector<S>) -> Self::Vector<S>;
    /// `a < b`
    fn lanes_less<S: Simd>(simd: S, a: Self::Vector<S>, b: Self::Vector<S>) -> Self::Mask<S>;
    /// `a` where the mask is set, otherwise `b`.
    fn lanes_select<S: Simd>(
        simd: S,
        mask: Self::Mask<S>,
        a: Self::Vector<S>,
        b: Self::Vector<S>,
    ) -> Self::Vector<S>;
    /// Square roots.
    fn lanes_sqrt<S: Simd>(simd: S, a: Self::Vector<S>) -> Self::Vector<S>;
    /// The sum of all lanes.
    fn lanes_sum<S: Simd>(simd: S, a: Self::Vector<S>) -> Self;
}

macro_rules! lanes {
    ($type:ident, $vector:ident, $mask:ident, $count:ident, $index:ident,
     $as_simd:ident $as_mut_simd:ident $partial_load:ident $partial_store:ident $between:ident
     $load:ident $store:ident $splat:ident $add:ident $sub:ident $mul:ident $div:ident $mul_add:ident
     $max:ident $min:ident $less:ident $select:ident $sqrt:ident $sum:ident) => {
        impl Lanes for $type {
            type Vector<S: Simd> = S::$vector;
            type Mask<S: Simd> = S::$mask;
            type Part<S: Simd> = MemMask<S::$mask>;

            #[inline(always)]
            fn lanes<S: Simd>() -> usize {
                S::$count
            }
            #[inline(always)]
            fn vectors<S: Simd>(slice: &[Self]) -> (&[Self::Vector<S>], &[Self]) {
                S::$as_simd(slice)
            }
            #[inline(always)]
            fn vectors_mut<S: Simd>(slice: &mut [Self]) -> (&mut [Self::Vector<S>], &mut [Self]) {
                S::$as_mut_simd(slice)
            }
            #[inline(always)]
            fn load_partial<S: Simd>(simd: S, slice: &[Self]) -> Self::Vector<S> {
                simd.$partial_load(slice)
            }
            #[inline(always)]
            fn store_partial<S: Simd>(simd: S, slice: &mut [Self], vector: Self::Vector<S>) {
                simd.$partial_store(slice, vector);
            }
            #[inline(always)]
            fn part<S: Simd>(simd: S, count: usize) -> Self::Part<S> {
                simd.$between(0, count as $index)
            }
            #[inline(always)]
            unsafe fn load_part<S: Simd>(simd: S, part: Self::Part<S>, from: *const Self) -> Self::Vector<S> {
                // SAFETY: the caller vouches for the selected lanes, the only ones that are read.
                unsafe { simd.$load(part, from) }
            }
            #[inline(always)]
            unsafe fn store_part<S: Simd>(
                simd: S,
                part: Self::Part<S>,
                to: *mut Self,
                vector: Self::Vector<S>,
            ) {
                // SAFETY: the caller vouches for the selected lanes, the only ones that are written.
                unsafe { simd.$store(part, to, vector) }
            }
            #[inline(always)]
            fn lanes_splat<S: Simd>(simd: S, value: Self) -> Self::Vector<S> {
                simd.$splat(value)
            }
            #[inline(always)]
            fn lanes_add<S: Simd>(simd: S, a: Self::Vector<S>, b: Self::Vector<S>) -> Self::Vector<S> {
                simd.$add(a, b)
            }
            #[inline(always)]
            fn lanes_sub<S: Simd>(simd: S, a: Self::Vector<S>, b: Self::Vector<S>) -> Self::Vector<S> {
                simd.$sub(a, b)
            }
            #[inline(always)]
            fn lanes_mul<S: Simd>(simd: S, a: Self::Vector<S>, b: Self::Vector<S>) -> Self::Vector<S> {
                simd.$mul(a, b)
            }
            #[inline(always)]
            fn lanes_div<S: Simd>(simd: S, a: Self::Vector<S>, b: Self::Vector<S>) -> Self::Vector<S> {
                simd.$div(a, b)
            }
            #[inline(always)]
            fn lanes_mul_add<S: Simd>(
                simd: S,
                a: Self::Vector<S>,
                b: Self::Vector<S>,
                c: Self::Vector<S>,
            ) -> Self::Vector<S> {
                simd.$mul_add(a, b, c)
            }
            #[inline(always)]
            fn lanes_max<S: Simd>(simd: S, a: Self::Vector<S>, b: Self::Vector<S>) -> Self::Vector<S> {
                simd.$max(a, b)
            }
            #[inline(always)]
            fn lanes_min<S: Simd>(simd: S, a: Self::Vector<S>, b: Self::Vector<S>) -> Self::Vector<S> {
                simd.$min(a, b)
            }
            #[inline(always)]
            fn lanes_less<S: Simd>(simd: S, a: Self::Vector<S>, b: Self::Vector<S>) -> Self::Mask<S> {
                simd.$less(a, b)
            }
            #[inline(always)]
            fn lanes_select<S: Simd>(
                simd: S,
                mask: Self::Mask<S>,
                a: Self::Vector<S>,
                b: Self::Vector<S>,
            ) -> Self::Vector<S> {
                simd.$select(mask, a, b)
            }
            #[inline(always)]
            fn lanes_sqrt<S: Simd>(simd: S, a: Self::Vector<S>) -> Self::Vector<S> {
                simd.$sqrt(a)
            }
            #[inline(always)]
            fn lanes_sum<S: Simd>(simd: S, a: Self::Vector<S>) -> Self {
                simd.$sum(a)
            }
        }
    };
}

lanes!(f32, f32s, m32s, F32_LANES, u32,
    as_simd_f32s as_mut_simd_f32s partial_load_f32s partial_store_f32s mask_between_m32s
    mask_load_ptr_f32s mask_store_ptr_f32s splat_f32s add_f32s sub_f32s mul_f32s div_f32s mul_add_e_f32s
    max_f32s min_f32s less_than_f32s select_f32s sqrt_f32s reduce_sum_f32s);
lanes!(f64, f64s, m64s, F64_LANES, u64,
    as_simd_f64s as_mut_simd_f64s partial_load_f64s partial_store_f64s mask_between_m64s
    mask_load_ptr_f64s mask_store_ptr_f64s splat_f64s add_f64s sub_f64s mul_f64s div_f64s mul_add_e_f64s
    max_f64s min_f64s less_than_f64s select_f64s sqrt_f64s reduce_sum_f64s);
