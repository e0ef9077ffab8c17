//! Computes register tiles, the innermost loops of a product.

// The inner loop reads through raw pointers: `check` checks the bounds once for the whole product.
#![allow(unsafe_code)]

use pulp::{Simd, WithSimd};

use super::Start;
use super::checked::Checked;
use super::cursor::Cursor;
use crate::Scalar;
use crate::simd::{prefetch, prefetch_second};

/// The number of rows for which the columns of a panel are computed before those of the next panel: they stay in the
/// first-level cache. Not compared with other numbers.
const BLOCK: usize = 48;

/// The kind of tile that takes one number of `A` for all columns.
pub(crate) const PLAIN: u8 = 0;
/// The kind of tile in which each column has its own `A`.
pub(crate) const BY_COLUMN: u8 = 1;
/// The kind of plain tile that [copies](crate::gemm::checked::Beside::Copy) `B`.
pub(crate) const COPY: u8 = 2;
/// The kind of plain tile that [prefetches](crate::gemm::checked::Beside::Fetch) cache lines.
pub(crate) const FETCH: u8 = 3;

/// A product that is computed tile by tile.
pub(crate) struct Tiles<'t, 'a, S, T, const KIND: u8> {
    pub(crate) simd: S,
    pub(crate) task: &'t mut Checked<'a, T>,
}

impl<S: Simd, T: Scalar, const KIND: u8> Tiles<'_, '_, S, T, KIND> {
    #[inline(always)]
    pub(crate) fn run(&mut self, rows: usize, mut cursor: Cursor) {
        let mut left = rows;
        while left > 0 {
            // the last two blocks as one
            let block = if left < 2 * BLOCK { left } else { BLOCK };
            cursor = self.block(block, cursor);
            left -= block;
        }
    }

    /// Computes a task that is a single tile of the [highest] kind, of two vectors.
    #[inline(always)]
    pub(crate) fn one(&mut self, start: Cursor) {
        self.panel::<2, false>(highest::<S, T>(), start, 0, T::lanes::<S>());
    }

    /// Computes all columns of some rows.
    #[inline(always)]
    fn block(&mut self, rows: usize, start: Cursor) -> Cursor {
        let lanes = T::lanes::<S>();
        let columns = self.task.task().columns;
        let mut end = start;
        let mut column = 0;
        if const { wide::<S, T>(KIND) } && rows == 1 {
            while column + 8 * lanes <= columns {
                end = start;
                self.tile::<1, 8, false>(&mut end, column, lanes);
                column += 8 * lanes;
            }
        }
        if const { wide::<S, T>(KIND) } && rows <= 3 {
            while column + 4 * lanes <= columns {
                end = start;
                match rows {
                    1 => self.tile::<1, 4, false>(&mut end, column, lanes),
                    2 => self.tile::<2, 4, false>(&mut end, column, lanes),
                    _ => self.tile::<3, 4, false>(&mut end, column, lanes),
                }
                column += 4 * lanes;
            }
        }
        while column + 2 * lanes <= columns {
            end = self.panel::<2, false>(rows, start, column, lanes);
            column += 2 * lanes;
        }
        match columns - column {
            0 => end,
            left if left == lanes => self.panel::<1, false>(rows, start, column, lanes),
            _ if const { S::IS_SCALAR } => unreachable!("part of a vector of one"),
            left if left > lanes => self.panel::<2, true>(rows, start, column, left - lanes),
            left => self.panel::<1, true>(rows, start, column, left),
        }
    }

    /// Computes `V` vectors of columns of some rows, the last vector `last` lanes wide.
    #[inline(always)]
    fn panel<const V: usize, const PART: bool>(
        &mut self,
        rows: usize,
        cursor: Cursor,
        column: usize,
        last: usize,
    ) -> Cursor {
        let task = &mut *self.task;
        // a separate function: with all tiles in one the crate took 89 s to compile, not 33 s, and a 5×5 convolution
        // of 28×28×1 to 6 channels 583 us, not 368 us, since everything was spilled
        self.simd.vectorize(Panel::<T, V, PART, KIND> { task, rows, cursor, column, last })
    }

    /// Computes the rows of a [`Panel`], tile by tile.
    #[inline(always)]
    fn tiles<const V: usize, const PART: bool>(
        &mut self,
        mut rows: usize,
        mut cursor: Cursor,
        column: usize,
        last: usize,
    ) -> Cursor {
        while rows > 0 {
            let height = height::<S, T>(V, KIND, rows);
            macro_rules! tile {
                ($($height:literal)*) => {
                    match height {
                        // a constant condition, so that impossible tiles are not compiled
                        $($height if const { exists::<S, T>(V, KIND, $height) } => {
                            self.tile::<$height, V, PART>(&mut cursor, column, last);
                        })*
                        _ => unreachable!("a tile that does not exist"),
                    }
                };
            }
            tile!(1 2 3 4 5 6 8 12);
            rows -= height;
        }
        cursor
    }

    /// Computes `P` rows by `V` vectors, kept in registers over the whole sum.
    #[inline(always)]
    fn tile<const P: usize, const V: usize, const PART: bool>(
        &mut self,
        cursor: &mut Cursor,
        column: usize,
        last: usize,
    ) {
        let simd = self.simd;
        let lanes = T::lanes::<S>();
        let part = T::part(simd, last);
        let load = |from: *const T, v: usize| {
            // SAFETY: called below only with pointers to `V` vectors, the last of `last` lanes if `PART`, inside `b`,
            // `c`, the addend or the bias, or `a` if `BY_COLUMN`.
            unsafe {
                if PART && v + 1 == V {
                    T::load_part(simd, part, from.add(v * lanes))
                } else {
                    from.add(v * lanes).cast::<T::Vector<S>>().read_unaligned()
                }
            }
        };
        let store = |to: *mut T, v: usize, vector: T::Vector<S>| {
            // SAFETY: likewise, inside `c`.
            unsafe {
                if PART && v + 1 == V {
                    T::store_part(simd, part, last, to.add(v * lanes), vector);
                } else {
                    to.add(v * lanes).cast::<T::Vector<S>>().write_unaligned(vector);
                }
            }
        };

        let mut copy = self.task.copy();
        let (mut line, next_line) = self.task.fetch();
        let task = self.task.task();
        let [outer, middle, inner] = task.sum;
        let mut a = [std::ptr::null(); P];
        let mut c = [std::ptr::null_mut(); P];
        // once: borrowing `C` again would invalidate the earlier pointers
        let (first_a, first_c) = (task.a.as_ptr(), task.c.as_mut_ptr());
        cursor.take::<P>(|p, at| {
            a[p] = first_a.wrapping_add(at.0);
            c[p] = first_c.wrapping_add(at.1 + column);
        });
        let b = task.b.as_ptr().wrapping_add(column);

        // each row is at the same offset in the addend as in `C`
        let addend = task.addend.as_ptr();
        let beside = |c: *mut T| addend.wrapping_byte_add(c.addr() - first_c.addr());
        if !task.addend.is_empty() {
            prefetch_rows::<S, T, P, V>(c.map(beside));
        }
        let mut sums = first_sums::<S, T, P, V>(simd, task.start, column, &c, load);
        for o in 0..outer.count {
            for m in 0..middle.count {
                let mut step = o * outer.a + m * middle.a;
                let mut b = b.wrapping_add(o * outer.b + m * middle.b);
                for _ in 0..inner.count {
                    let mut weights = [T::lanes_splat(simd, T::ZERO); V];
                    for (v, weight) in weights.iter_mut().enumerate() {
                        *weight = load(b, v);
                    }
                    if KIND == COPY {
                        for weight in weights {
                            // SAFETY: `Checked` found room for two vectors at each step of the one loop.
                            unsafe { copy.cast::<T::Vector<S>>().write_unaligned(weight) };
                            copy = copy.wrapping_add(lanes);
                        }
                    }
                    if KIND == FETCH {
                        prefetch_second(line);
                        line = line.wrapping_add(next_line);
                    }
                    for (&a, sums) in a.iter().zip(&mut sums) {
                        if KIND == BY_COLUMN {
                            for (v, sum) in sums.iter_mut().enumerate() {
                                let x = load(a.wrapping_add(step + column), v);
                                *sum = T::lanes_mul_add(simd, x, weights[v], *sum);
                            }
                            continue;
                        }
                        // SAFETY: `check` found the last row at the last step of all three loops.
                        let x = T::lanes_splat(simd, unsafe { *a.add(step) });
                        for (sum, weight) in sums.iter_mut().zip(weights) {
                            *sum = T::lanes_mul_add(simd, x, weight, *sum);
                        }
                    }
                    step += inner.a;
                    b = b.wrapping_add(inner.b);
                }
            }
        }
        if let Start::Sum = task.start {
            add_rows::<S, T, P, V>(simd, &mut sums, c.map(<*mut T>::cast_const), load);
        }
        if !task.addend.is_empty() {
            add_rows::<S, T, P, V>(simd, &mut sums, c.map(beside), load);
        }
        if task.rectify {
            for sum in sums.as_flattened_mut() {
                *sum = T::lanes_rectify(simd, *sum);
            }
        }
        let width = (V - 1) * lanes + last;
        for (p, sums) in sums.iter().enumerate() {
            // a whole vector reaches into the next row, which is written next: much faster than a partial vector
            if PART && p + 1 < P && c[p + 1] == c[p].wrapping_add(width) && V * lanes <= 2 * width {
                for (v, sum) in sums.iter().enumerate() {
                    // SAFETY: `V` vectors end within the next row, which `check` found in `C`.
                    unsafe { c[p].add(v * lanes).cast::<T::Vector<S>>().write_unaligned(*sum) };
                }
                continue;
            }
            for (v, sum) in sums.iter().enumerate() {
                store(c[p], v, *sum);
            }
        }
    }
}

/// Returns the start values of a tile's sums; `load` reads a vector of those at a position.
#[inline(always)]
fn first_sums<S: Simd, T: Scalar, const P: usize, const V: usize>(
    simd: S,
    start: Start<'_, T>,
    column: usize,
    c: &[*mut T; P],
    load: impl Fn(*const T, usize) -> T::Vector<S>,
) -> [[T::Vector<S>; V]; P] {
    let mut sums = [[T::lanes_splat(simd, T::ZERO); V]; P];
    match start {
        Start::Zero => {}
        Start::Bias(bias) => {
            let bias = bias[column..].as_ptr();
            // no `array::from_fn`, which is not inlined
            let mut row = [T::lanes_splat(simd, T::ZERO); V];
            for (v, first) in row.iter_mut().enumerate() {
                *first = load(bias, v);
            }
            sums = [row; P];
        }
        Start::Continue => {
            for (&c, sums) in c.iter().zip(&mut sums) {
                for (v, sum) in sums.iter_mut().enumerate() {
                    *sum = load(c, v);
                }
            }
        }
        // added at the end, when the prefetched rows have arrived
        Start::Sum => prefetch_rows::<S, T, P, V>(c.map(<*mut T>::cast_const)),
    }
    sums
}

/// Prefetches `V` vectors of each row.
#[inline(always)]
fn prefetch_rows<S: Simd, T: Scalar, const P: usize, const V: usize>(rows: [*const T; P]) {
    for row in rows {
        for v in 0..V {
            prefetch(row.wrapping_add(v * T::lanes::<S>()));
        }
    }
}

/// Adds `V` vectors of each row to the sums of a tile; `load` reads one of those at a position.
#[inline(always)]
fn add_rows<S: Simd, T: Scalar, const P: usize, const V: usize>(
    simd: S,
    sums: &mut [[T::Vector<S>; V]; P],
    rows: [*const T; P],
    load: impl Fn(*const T, usize) -> T::Vector<S>,
) {
    for (row, sums) in rows.into_iter().zip(sums) {
        for (v, sum) in sums.iter_mut().enumerate() {
            *sum = T::lanes_add(simd, load(row, v), *sum);
        }
    }
}

/// `V` vectors of columns of some rows.
struct Panel<'t, 'a, T, const V: usize, const PART: bool, const KIND: u8> {
    task: &'t mut Checked<'a, T>,
    rows: usize,
    cursor: Cursor,
    column: usize,
    last: usize,
}

impl<T: Scalar, const V: usize, const PART: bool, const KIND: u8> WithSimd
    for Panel<'_, '_, T, V, PART, KIND>
{
    type Output = Cursor;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> Cursor {
        let Self { task, rows, cursor, column, last } = self;
        Tiles::<S, T, KIND> { simd, task }.tiles::<V, PART>(rows, cursor, column, last)
    }
}

/// The heights of tiles, where they [exist].
const HEIGHTS: [usize; 6] = [12, 8, 6, 4, 2, 1];

/// Returns the height of the next tile when `rows` rows are left: as few tiles as possible, all of about equal height.
#[inline(always)]
fn height<S: Simd, T: Scalar>(vectors: usize, kind: u8, rows: usize) -> usize {
    if exists::<S, T>(vectors, kind, 5) {
        rows.div_ceil(rows.div_ceil(6))
    } else {
        let exists = |&height: &usize| height <= rows && exists::<S, T>(vectors, kind, height);
        let highest = || HEIGHTS.into_iter().find(exists).unwrap_or(1);
        let even = rows.div_ceil(rows.div_ceil(highest()));
        HEIGHTS.into_iter().rev().find(|height| *height >= even && exists(height)).unwrap_or_else(highest)
    }
}

/// Returns true if there are tiles of `rows` rows by `vectors` vectors.
///
/// With 16 registers: 6 by 2 and all lower tiles, with rows in three loops, instead of 4 and 1 by 2 with rows in one
/// loop, as GFLOP/s on Zen 3 (one thread, peak 118, other work on the machine; no other heights were compared): a dense
/// layer of 400×120 with 64 examples 78 and 88, 256×128 82 and 91; a 3×3 convolution of 32×32×16 on one image 81 and
/// 96, its input gradient 79 and 93, weight gradient 90 and 97. The tiles of one vector, those of AVX-512 and those
/// that are wide for one to three rows were chosen by counting: at least eight sums hide the latency of two
/// multiply-adds a cycle, and each takes a load.
const fn exists<S: Simd, T: Scalar>(vectors: usize, kind: u8, rows: usize) -> bool {
    if matches!(kind, COPY | FETCH) {
        rows == highest::<S, T>()
    } else if !wide::<S, T>(kind) {
        matches!(rows, 4 | 1)
    } else if S::REGISTER_COUNT >= 32 {
        matches!(rows, 12 | 8 | 6 | 4 | 2 | 1)
    } else if vectors == 1 {
        matches!(rows, 8 | 4 | 2 | 1)
    } else {
        rows <= 6
    }
}

/// Returns the height of the highest tile of two vectors.
pub(crate) const fn highest<S: Simd, T: Scalar>() -> usize {
    match wide::<S, T>(PLAIN) {
        false => 4,
        true if S::REGISTER_COUNT < 32 => 6,
        true => 12,
    }
}

/// Returns true if there are tiles larger than 4 rows by 2 vectors. Double precision serves for checking gradients, and
/// machines without vectors for nothing in particular; there, small code matters more.
const fn wide<S: Simd, T: Scalar>(kind: u8) -> bool {
    kind == PLAIN && size_of::<T>() == 4 && !S::IS_SCALAR
}
