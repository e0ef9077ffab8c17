//! Provides vectors of either scalar type, on any instruction set.
//!
//! `pulp` detects the instruction set and returns a token `S: Simd` that proves it. [`Lanes`] maps the scalar type to
//! the vectors of `S`, so that a kernel is written once for `f32` and `f64`.

// Masked loads and stores take a raw pointer: the rest of the vector may lie outside the slice.
#![allow(unsafe_code)]

use pulp::{MemMask, Simd};

/// The vectors of a scalar. Public only as the hidden supertrait that seals [`Scalar`](crate::Scalar).
pub trait Lanes: Sized + Copy + Send + Sync + 'static {
    /// A full register.
    type Vector<S: Simd>: Copy + bytemuck::Pod + Send + Sync;
    /// A selection of the first lanes to load or store.
    type Part<S: Simd>: Copy;
    /// A truth value for each lane.
    type Mask<S: Simd>: Copy;

    /// Returns the number of lanes of a vector.
    fn lanes<S: Simd>() -> usize;
    /// Selects the first `count` lanes.
    fn part<S: Simd>(simd: S, count: usize) -> Self::Part<S>;
    /// Loads the selected lanes, and zero in the others.
    ///
    /// # Safety
    /// The selected lanes must lie in memory that may be read.
    unsafe fn load_part<S: Simd>(simd: S, part: Self::Part<S>, from: *const Self) -> Self::Vector<S>;
    /// Stores the selected lanes.
    ///
    /// # Safety
    /// The selected lanes must lie in memory that may be written.
    unsafe fn store_part<S: Simd>(
        simd: S,
        part: Self::Part<S>,
        count: usize,
        to: *mut Self,
        vector: Self::Vector<S>,
    );

    /// Returns the same number in every lane.
    fn lanes_splat<S: Simd>(simd: S, value: Self) -> Self::Vector<S>;
    /// Returns `a * b + c`, fused where the instruction set can.
    fn lanes_mul_add<S: Simd>(
        simd: S,
        a: Self::Vector<S>,
        b: Self::Vector<S>,
        c: Self::Vector<S>,
    ) -> Self::Vector<S>;
    /// Returns `a + b`.
    fn lanes_add<S: Simd>(simd: S, a: Self::Vector<S>, b: Self::Vector<S>) -> Self::Vector<S>;
    /// Returns the lanes where `a > b` or `a` is NaN.
    fn lanes_wins<S: Simd>(simd: S, a: Self::Vector<S>, b: Self::Vector<S>) -> Self::Mask<S>;
    /// Returns `a` where the mask holds, `b` elsewhere.
    fn lanes_select<S: Simd>(
        simd: S,
        mask: Self::Mask<S>,
        a: Self::Vector<S>,
        b: Self::Vector<S>,
    ) -> Self::Vector<S>;
    /// Returns `max(0, a)`, but NaN where `a` is NaN.
    fn lanes_rectify<S: Simd>(simd: S, a: Self::Vector<S>) -> Self::Vector<S>;
}

macro_rules! lanes {
    ($type:ident, $vector:ident, $mask:ident, $count:ident, $index:ident,
     $between:ident $load:ident $store:ident $splat:ident $mul_add:ident
     $add:ident $less_than:ident $equal:ident $select:ident $or:ident $not:ident) => {
        impl Lanes for $type {
            type Vector<S: Simd> = S::$vector;
            type Part<S: Simd> = MemMask<S::$mask>;
            type Mask<S: Simd> = S::$mask;

            #[inline(always)]
            fn lanes<S: Simd>() -> usize {
                S::$count
            }
            #[inline(always)]
            fn part<S: Simd>(simd: S, count: usize) -> Self::Part<S> {
                // with the mask alone: with AVX2, `pulp` would call a function for each load
                MemMask::new(simd.$between(0, count as $index).mask())
            }
            #[inline(always)]
            unsafe fn load_part<S: Simd>(simd: S, part: Self::Part<S>, from: *const Self) -> Self::Vector<S> {
                // SAFETY: the caller guarantees the selected lanes, the only ones that are read.
                unsafe { simd.$load(part, from) }
            }
            #[inline(always)]
            unsafe fn store_part<S: Simd>(
                simd: S,
                part: Self::Part<S>,
                count: usize,
                to: *mut Self,
                vector: Self::Vector<S>,
            ) {
                if S::REGISTER_COUNT >= 32 {
                    // SAFETY: the caller guarantees the selected lanes, the only ones that are written.
                    unsafe { simd.$store(part, to, vector) }
                    return;
                }
                // AVX2's masked store is many micro-operations on AMD's processors
                let mut from = (&raw const vector).cast::<Self>();
                let mut to = to;
                // SAFETY: as above, in pieces of fixed lengths.
                unsafe {
                    if count & 4 > 0 {
                        to.cast::<[Self; 4]>().write_unaligned(from.cast::<[Self; 4]>().read_unaligned());
                        (from, to) = (from.add(4), to.add(4));
                    }
                    if count & 2 > 0 {
                        to.cast::<[Self; 2]>().write_unaligned(from.cast::<[Self; 2]>().read_unaligned());
                        (from, to) = (from.add(2), to.add(2));
                    }
                    if count & 1 > 0 {
                        *to = *from;
                    }
                }
            }
            #[inline(always)]
            fn lanes_splat<S: Simd>(simd: S, value: Self) -> Self::Vector<S> {
                simd.$splat(value)
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
            fn lanes_add<S: Simd>(simd: S, a: Self::Vector<S>, b: Self::Vector<S>) -> Self::Vector<S> {
                simd.$add(a, b)
            }
            #[inline(always)]
            fn lanes_wins<S: Simd>(simd: S, a: Self::Vector<S>, b: Self::Vector<S>) -> Self::Mask<S> {
                // a NaN differs from itself
                simd.$or(simd.$less_than(b, a), simd.$not(simd.$equal(a, a)))
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
            fn lanes_rectify<S: Simd>(simd: S, a: Self::Vector<S>) -> Self::Vector<S> {
                let zero = simd.$splat(0.0);
                simd.$select(simd.$less_than(a, zero), zero, a)
            }
        }
    };
}

lanes!(f32, f32s, m32s, F32_LANES, u32,
    mask_between_m32s mask_load_ptr_f32s mask_store_ptr_f32s splat_f32s mul_add_e_f32s
    add_f32s less_than_f32s equal_f32s select_f32s or_m32s not_m32s);
lanes!(f64, f64s, m64s, F64_LANES, u64,
    mask_between_m64s mask_load_ptr_f64s mask_store_ptr_f64s splat_f64s mul_add_e_f64s
    add_f64s less_than_f64s equal_f64s select_f64s or_m64s not_m64s);

/// Prefetches a cache line that is needed soon, where the machine can.
#[inline(always)]
pub(crate) fn prefetch<T>(line: *const T) {
    #[cfg(target_arch = "x86_64")]
    {
        use core::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        // SAFETY: a prefetch reads nothing; any address is allowed.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(line.cast()) };
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = line;
}

/// Prefetches a cache line that is needed later, no further than to the second-level cache.
#[inline(always)]
pub(crate) fn prefetch_second<T>(line: *const T) {
    #[cfg(target_arch = "x86_64")]
    {
        use core::arch::x86_64::{_MM_HINT_T1, _mm_prefetch};
        // SAFETY: a prefetch reads nothing; any address is allowed.
        unsafe { _mm_prefetch::<_MM_HINT_T1>(line.cast()) };
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = line;
}
