//! Slides a filter along lines of pixels, one pixel at a time, with vectors of 16 output channels.
//!
//! `y[p][o] = start[o] + Σ_r Σ_i Σ_k x[r][p + k][i] · w[r][i][k][o]`: a number of the input, broadcast once, serves `K`
//! outputs, while a [product](crate::gemm) broadcasts it `K` times. That matters where it would serve only one vector
//! of outputs: a 3×3 convolution of 32×32×16 to 16 channels, 64 images, went from 207 to 264 GFLOP/s on one thread of
//! Zen 5 (peak 271).
//!
//! Sums are taken in the order of this formula whatever tile a pixel is in.

// The inner loop reads through raw pointers: `check` checks the bounds once for all lines.
#![allow(unsafe_code)]

use pulp::{Arch, Simd, WithSimd};

use crate::Scalar;
use crate::epilogue::Epilogue;
use crate::gemm::{Loop, Rows};

/// A sliding filter, see the [module](self).
#[derive(Debug)]
pub struct Slide<'a, T> {
    /// The images and lines: their number, and their distances in `x` and `y`.
    pub(crate) rows: [Rows; 2],
    /// The outputs in a line: their number, and the distances between them and between their inputs.
    pub(crate) pixels: Rows,
    /// The number of output channels.
    pub(crate) columns: usize,
    /// The rows and channels of the filter: their number, and their distances in `x` and `w`.
    pub(crate) sum: [Loop; 2],
    /// The number of taps in a row of the filter, 3 or 5, and their distance in `w`.
    pub(crate) taps: [usize; 2],
    pub(crate) x: &'a [T],
    pub(crate) w: &'a [T],
    pub(crate) y: &'a mut [T],
    /// The number added to each column; empty for zero.
    pub(crate) bias: &'a [T],
    pub(crate) epilogue: Epilogue<'a, T>,
}

/// Returns true if there are kernels for `taps` taps, on vectors of `lanes` lanes.
pub(crate) fn exists(taps: usize, lanes: usize) -> bool {
    lanes == LANES && matches!(taps, 3 | 5)
}

/// The number of `f32` lanes with AVX-512, which has as many registers as the tiles need.
const LANES: usize = 16;

impl<T: Scalar> Slide<'_, T> {
    /// Computes the outputs on this thread.
    pub(crate) fn run(self, arch: Arch) {
        T::slide(self, arch);
    }

    /// Computes [`run`](Self::run), compiled in the crate that calls it.
    pub(crate) fn run_here(self, arch: Arch) {
        if self.rows.iter().all(|rows| rows.count > 0) && self.pixels.count > 0 && self.columns > 0 {
            arch.dispatch(self.check());
        }
    }
}

impl<'a, T: Scalar> Slide<'a, T> {
    /// Checks that every number that the task accesses is inside its slices: the invariant of every `unsafe` block
    /// below.
    fn check(self) -> Checked<'a, T> {
        let last = |steps: &[(usize, usize)]| {
            let steps = steps.iter().map(|&(count, step)| (count - 1).saturating_mul(step));
            steps.fold(0, usize::saturating_add)
        };
        let [images, lines] = self.rows;
        let ([rows, channels], [taps, tap]) = (self.sum, self.taps);
        assert!(exists(taps, LANES), "{taps} taps");
        let pixels = self.pixels.count;
        if rows.count > 0 && channels.count > 0 {
            let last_x = last(&[
                (images.count, images.a),
                (lines.count, lines.a),
                (pixels + taps - 1, self.pixels.a),
                (rows.count, rows.a),
                (channels.count, channels.a),
            ]);
            assert!(last_x < self.x.len(), "x is too short");
            let last_w = last(&[(rows.count, rows.b), (channels.count, channels.b), (taps, tap)]);
            assert!(last_w.saturating_add(self.columns) <= self.w.len(), "w is too short");
        }
        let last_y = last(&[(images.count, images.c), (lines.count, lines.c), (pixels, self.pixels.c)]);
        assert!(last_y.saturating_add(self.columns) <= self.y.len(), "y is too short");
        let (bias, addend) = (self.bias, self.epilogue.addend);
        assert!(
            addend.is_empty() || last_y.saturating_add(self.columns) <= addend.len(),
            "the addend is too short"
        );
        assert!(bias.is_empty() || bias.len() == self.columns, "one bias for each column");
        Checked(self)
    }
}

/// A task whose bounds have been [checked](Slide::check).
struct Checked<'a, T>(Slide<'a, T>);

impl<T: Scalar> WithSimd for Checked<'_, T> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) {
        if const { made_for::<S, T>() } {
            let Slide { columns, taps: [taps, _], .. } = self.0;
            let task = &mut self;
            for column in (0..columns).step_by(2 * LANES) {
                let left = (columns - column).min(2 * LANES);
                if taps == 3 && left > LANES {
                    simd.vectorize(Panel::<T, 2, 3> { task, column, last: left - LANES });
                    continue;
                }
                // five taps of two vectors would leave too few registers for the sums
                for column in (column..column + left).step_by(LANES) {
                    let last = LANES.min(columns - column);
                    if taps == 3 {
                        simd.vectorize(Panel::<T, 1, 3> { task, column, last });
                    } else {
                        simd.vectorize(Panel::<T, 1, 5> { task, column, last });
                    }
                }
            }
        } else {
            unreachable!("no kernel for this instruction set");
        }
    }
}

/// Returns true if tiles are compiled for an instruction set and a scalar.
const fn made_for<S: Simd, T: Scalar>() -> bool {
    size_of::<T>() == 4 && size_of::<T::Vector<S>>() == 4 * LANES && S::REGISTER_COUNT >= 32
}

/// `V` vectors of output channels of all pixels, the last vector `last` lanes wide, for a filter of `K` taps a row.
struct Panel<'t, 'a, T, const V: usize, const K: usize> {
    task: &'t mut Checked<'a, T>,
    column: usize,
    last: usize,
}

impl<T: Scalar, const V: usize, const K: usize> WithSimd for Panel<'_, '_, T, V, K> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, simd: S) {
        if const { made_for::<S, T>() } {
            let Slide { rows: [images, lines], pixels, .. } = self.task.0;
            for image in 0..images.count {
                for line in 0..lines.count {
                    let mut x = image * images.a + line * lines.a;
                    let mut y = image * images.c + line * lines.c + self.column;
                    let mut left = pixels.count;
                    while left > 0 {
                        let width = width(V, left);
                        self.tile_of(simd, width, x, y);
                        left -= width;
                        (x, y) = (x + width * pixels.a, y + width * pixels.c);
                    }
                }
            }
        }
    }
}

/// Returns the number of pixels of the next tile when `left` are left in a line: as few tiles as possible, of about
/// equal width.
fn width(vectors: usize, left: usize) -> usize {
    let widths: &[usize] =
        if vectors == 1 { &[15, 14, 12, 10, 8, 6, 4, 2, 1] } else { &[10, 8, 7, 6, 4, 2, 1] };
    let even = left.div_ceil(left.div_ceil(widths[0]));
    let fits = |width: &&usize| **width <= left;
    let above = widths.iter().rev().filter(fits).find(|width| **width >= even);
    above.or_else(|| widths.iter().find(fits)).copied().unwrap_or(1)
}

impl<T: Scalar, const V: usize, const K: usize> Panel<'_, '_, T, V, K> {
    #[inline(always)]
    fn tile_of<S: Simd>(&mut self, simd: S, width: usize, x: usize, y: usize) {
        macro_rules! tile {
            ($($width:literal)*) => {
                match width {
                    // a constant condition, so that impossible tiles are not compiled
                    $($width if const { $width <= if V == 1 { 15 } else { 10 } } => {
                        self.tile::<S, $width>(simd, x, y);
                    })*
                    _ => unreachable!("a tile that does not exist"),
                }
            };
        }
        tile!(1 2 4 6 7 8 10 12 14 15);
    }

    /// Computes `P` pixels by `V` vectors, kept in registers over the whole sum.
    #[inline(always)]
    fn tile<S: Simd, const P: usize>(&mut self, simd: S, first_x: usize, first_y: usize) {
        let task = &mut self.task.0;
        let ([rows, channels], [_, tap], step) = (task.sum, task.taps, task.pixels);
        let part = T::part(simd, self.last);
        let load = |from: *const T, v: usize| {
            // SAFETY: called below only with pointers to `V` vectors, the last of `last` lanes, inside `w`, the addend
            // or the bias.
            unsafe {
                if v + 1 == V {
                    T::load_part(simd, part, from.add(v * LANES))
                } else {
                    from.add(v * LANES).cast::<T::Vector<S>>().read_unaligned()
                }
            }
        };
        let store = |to: *mut T, v: usize, vector: T::Vector<S>| {
            // SAFETY: likewise, inside `y`.
            unsafe {
                if v + 1 == V {
                    T::store_part(simd, part, self.last, to.add(v * LANES), vector);
                } else {
                    to.add(v * LANES).cast::<T::Vector<S>>().write_unaligned(vector);
                }
            }
        };
        let mut first = [T::lanes_splat(simd, T::ZERO); V];
        if !task.bias.is_empty() {
            let bias = task.bias[self.column..].as_ptr();
            for (v, first) in first.iter_mut().enumerate() {
                *first = load(bias, v);
            }
        }
        let mut sums = [first; P];
        let (x, w) = (task.x.as_ptr().wrapping_add(first_x), task.w.as_ptr().wrapping_add(self.column));
        for row in 0..rows.count {
            let mut x = x.wrapping_add(row * rows.a);
            let mut w = w.wrapping_add(row * rows.b);
            for _ in 0..channels.count {
                let mut weights = [[T::lanes_splat(simd, T::ZERO); V]; K];
                for (k, weights) in weights.iter_mut().enumerate() {
                    for (v, weight) in weights.iter_mut().enumerate() {
                        *weight = load(w.wrapping_add(k * tap), v);
                    }
                }
                macro_rules! pixels {
                    ($($j:literal)*) => {
                        $(if const { $j < P + K - 1 } {
                            // SAFETY: `check` found the last pixel of the last line at the last step of the sum.
                            let value = T::lanes_splat(simd, unsafe { *x.wrapping_add($j * step.a) });
                            pixels!(@taps $j value 0 1 2 3 4);
                        })*
                    };
                    (@taps $j:literal $value:ident $($k:literal)*) => {
                        $(if const { $k < K && $j >= $k && $j < P + $k } {
                            for v in 0..V {
                                let p = const { if $j < $k { 0 } else { $j - $k } };
                                let sum = &mut sums[p][v];
                                *sum = T::lanes_mul_add(simd, $value, weights[$k][v], *sum);
                            }
                        })*
                    };
                }
                pixels!(0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18);
                x = x.wrapping_add(channels.a);
                w = w.wrapping_add(channels.b);
            }
        }
        let Epilogue { addend, rectify } = task.epilogue;
        if !addend.is_empty() {
            let addend = addend.as_ptr().wrapping_add(first_y);
            for (p, sums) in sums.iter_mut().enumerate() {
                for (v, sum) in sums.iter_mut().enumerate() {
                    *sum = T::lanes_add(simd, load(addend.wrapping_add(p * step.c), v), *sum);
                }
            }
        }
        if rectify {
            for sum in sums.as_flattened_mut() {
                *sum = T::lanes_rectify(simd, *sum);
            }
        }
        let y = task.y.as_mut_ptr().wrapping_add(first_y);
        for (p, sums) in sums.iter().enumerate() {
            for (v, sum) in sums.iter().enumerate() {
                store(y.wrapping_add(p * step.c), v, *sum);
            }
        }
    }
}

#[cfg(test)]
mod tests;
