use std::panic::{AssertUnwindSafe, catch_unwind};

use proptest::prelude::*;

use super::*;
use crate::testing::levels;

/// Returns numbers that are rounded in every product and sum.
fn numbers(len: usize, salt: f32) -> Vec<f32> {
    (0..len).map(|i| (i as f32 * salt).sin()).collect()
}

/// Returns the distance from the first to the last iteration of nested loops.
fn reach(loops: &[(usize, usize)]) -> usize {
    loops.iter().map(|&(count, step)| count.saturating_sub(1) * step).sum()
}

#[derive(Debug, Clone)]
struct Sizes {
    /// The numbers of images, lines and pixels, and their distances in `x`.
    rows: [(usize, usize); 3],
    columns: usize,
    sum: [Loop; 2],
    taps: [usize; 2],
    /// The number of unwritten numbers in `y` between pixels, lines and images.
    gap: usize,
    bias: bool,
    adds: bool,
    rectify: bool,
}

impl Sizes {
    /// Returns the content of `y` after `compute`; the slices are exactly as long as necessary.
    fn result(&self, compute: impl FnOnce(Slide<'_, f32>)) -> Vec<f32> {
        let Self { rows, columns, sum, taps, gap, bias, adds, rectify } = self.clone();
        let [images, lines, pixels] = rows;
        let step = columns + gap;
        let line = pixels.0 * step + gap;
        let image = lines.0 * line + gap;
        let x = [images, lines, (pixels.0 + taps[0] - 1, pixels.1)];
        let x = numbers(reach(&x) + reach(&sum.map(|l| (l.count, l.a))) + 1, 0.7);
        let w = reach(&sum.map(|l| (l.count, l.b))) + reach(&[(taps[0], taps[1])]) + columns;
        let w = numbers(w, 0.3);
        let mut y = numbers(reach(&[(images.0, image), (lines.0, line), (pixels.0, step)]) + columns, 1.1);
        let bias = numbers(if bias { columns } else { 0 }, 0.9);
        let addend = numbers(if adds { y.len() } else { 0 }, 1.3);
        compute(Slide {
            rows: [
                Rows { count: images.0, a: images.1, c: image },
                Rows { count: lines.0, a: lines.1, c: line },
            ],
            pixels: Rows { count: pixels.0, a: pixels.1, c: step },
            columns,
            sum,
            taps,
            x: &x,
            w: &w,
            y: &mut y,
            bias: &bias,
            epilogue: Epilogue { addend: &addend, rectify },
        });
        y
    }
}

/// Computes the formula one number at a time, with fused multiply-adds, as the instruction sets do.
#[expect(clippy::needless_pass_by_value, reason = "the reference for `Slide::run_here`")]
fn plain(task: Slide<'_, f32>) {
    let ([images, lines], pixels, [rows, channels]) = (task.rows, task.pixels, task.sum);
    let [taps, tap] = task.taps;
    for image in 0..images.count {
        for line in 0..lines.count {
            for pixel in 0..pixels.count {
                let x = image * images.a + line * lines.a + pixel * pixels.a;
                let y = image * images.c + line * lines.c + pixel * pixels.c;
                for column in 0..task.columns {
                    let mut sum = task.bias.get(column).copied().unwrap_or(0.0);
                    for row in 0..rows.count {
                        for channel in 0..channels.count {
                            for k in 0..taps {
                                let x = task.x[x + row * rows.a + channel * channels.a + k * pixels.a];
                                let w = row * rows.b + channel * channels.b + k * tap + column;
                                sum = x.mul_add(task.w[w], sum);
                            }
                        }
                    }
                    sum += task.epilogue.addend.get(y + column).copied().unwrap_or(0.0);
                    task.y[y + column] = if task.epilogue.rectify { sum.max(0.0) } else { sum };
                }
            }
        }
    }
}

/// Returns the instruction sets of this machine that kernels exist for.
fn made_for() -> Vec<Arch> {
    struct Made;
    impl WithSimd for Made {
        type Output = bool;
        fn with_simd<S: Simd>(self, _: S) -> bool {
            made_for::<S, f32>()
        }
    }
    use super::made_for;
    levels().into_iter().filter(|arch| arch.dispatch(Made)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(if cfg!(miri) { 4 } else { 500 }))]

    #[test]
    fn gives_the_bits_of_the_formula(
        counts in (0..4_usize, 0..4_usize, 1..=33_usize),
        columns in 1..=40_usize,
        sums in (0..4_usize, 0..6_usize),
        five: bool,
        x_steps in prop::array::uniform5(0..40_usize),
        w_steps in prop::array::uniform3(0..50_usize),
        gap in 0..3_usize,
        bias: bool,
        adds: bool,
        rectify: bool,
    ) {
        let sizes = Sizes {
            rows: [(counts.0, x_steps[0]), (counts.1, x_steps[1]), (counts.2, x_steps[2])],
            columns,
            sum: [
                Loop { count: sums.0, a: x_steps[3], b: w_steps[0] },
                Loop { count: sums.1, a: x_steps[4], b: w_steps[1] },
            ],
            taps: [if five { 5 } else { 3 }, w_steps[2]],
            gap,
            bias,
            adds,
            rectify,
        };
        let expected = sizes.result(plain);
        for arch in made_for() {
            prop_assert_eq!(sizes.result(|task| task.run_here(arch)), &expected[..], "{:?}", arch);
        }
    }
}

/// Returns the sizes of two images of three lines of four pixels, with 2 rows of `taps` taps and 5 channels.
fn few(taps: usize) -> Sizes {
    Sizes {
        rows: [(2, 90), (3, 15), (4, 5)],
        columns: 6,
        sum: [Loop { count: 2, a: 15, b: 90 }, Loop { count: 5, a: 1, b: 6 }],
        taps: [taps, 30],
        gap: 0,
        bias: true,
        adds: true,
        rectify: false,
    }
}

#[test]
fn what_would_reach_outside_is_refused() {
    type Change = fn(&mut Slide<'_, f32>);
    let refusal = |taps, change: Change| {
        let checked = |mut task: Slide<'_, f32>| {
            change(&mut task);
            let _ = task.check();
        };
        let panic = catch_unwind(AssertUnwindSafe(|| few(taps).result(checked))).err()?;
        panic
            .downcast::<String>()
            .map(|s| *s)
            .or_else(|panic| panic.downcast().map(|s: Box<&str>| (*s).into()))
            .ok()
    };
    assert_eq!(refusal(3, |_| {}), None);
    let cases: [(Change, &str); 8] = [
        (|task| task.x = &task.x[1..], "x is too short"),
        (|task| task.w = &task.w[1..], "w is too short"),
        (|task| task.y = &mut std::mem::take(&mut task.y)[1..], "y is too short"),
        (|task| task.bias = &task.bias[1..], "one bias for each column"),
        (|task| task.epilogue.addend = &task.epilogue.addend[1..], "the addend is too short"),
        // a sum that wraps
        (|task| task.rows[0].a = usize::MAX, "x is too short"),
        (|task| task.taps[1] = usize::MAX, "w is too short"),
        (|task| task.pixels.c = usize::MAX, "y is too short"),
    ];
    for (case, (change, expected)) in cases.into_iter().enumerate() {
        assert_eq!(refusal(3, change).as_deref(), Some(expected), "case {case}");
    }
    assert_eq!(refusal(4, |_| {}).as_deref(), Some("4 taps"));
}
