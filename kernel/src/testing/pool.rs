use proptest::prelude::*;

use super::whole;
use crate::Scalar;
use crate::conv::axis::Axis;
use crate::conv::border::{Source, locate};
use crate::pool::{Pool, max, max_gradient, spread, sum};
use crate::testing::{reflect, replicate, zero};

prop_compose! {
    /// Generates any axis that has an output; the window may be larger than the image, and the padding than both.
    fn any_axis()(
        input in 1..9_usize, taps in 1..5_usize, stride in 1..4_usize, before in 0..4_usize, after in 0..4_usize,
        dilation in 1..3_usize,
    ) -> Axis {
        let extent = dilation * (taps - 1) + 1;
        let after = after.max(extent.saturating_sub(input + before));
        let output = (input + before + after - extent) / stride + 1;
        Axis { input, output, taps, stride, before: before.cast_signed(), dilation }
    }
}

prop_compose! {
    fn any_pool()(
        rows in any_axis(), columns in any_axis(), halves in prop::bool::weighted(0.2),
        channels in prop::sample::select(if cfg!(miri) { vec![1, 9] } else { vec![1, 2, 3, 7, 8, 9, 15, 16, 17, 31, 33] }),
    ) -> Pool {
        // adjacent 2×2 windows have a separate kernel
        let half = |axis: Axis| Axis {
            input: axis.input + 1, output: axis.input.div_ceil(2), taps: 2, stride: 2, before: 0, dilation: 1,
        };
        let (rows, columns) = if halves { (half(rows), half(columns)) } else { (rows, columns) };
        Pool { rows, columns, channels }
    }
}

/// Calls `visit` with each output number and the input number that each tap of its window reads, in order.
fn taps(pool: Pool, images: usize, source: Source, mut visit: impl FnMut(usize, usize)) {
    let Pool { rows, columns, channels } = pool;
    for n in 0..images {
        for oy in 0..rows.output {
            for ox in 0..columns.output {
                for c in 0..channels {
                    for (kh, kw) in (0..rows.taps).flat_map(|kh| (0..columns.taps).map(move |kw| (kh, kw))) {
                        let iy = locate(rows.place(oy, kh), rows.input, source);
                        let ix = locate(columns.place(ox, kw), columns.input, source);
                        if let (Some(iy), Some(ix)) = (iy, ix) {
                            let y = ((n * rows.output + oy) * columns.output + ox) * channels + c;
                            visit(y, ((n * rows.input + iy) * columns.input + ix) * channels + c);
                        }
                    }
                }
            }
        }
    }
}

/// Returns the number of scalars of the input and of the output.
fn lengths(pool: Pool, images: usize) -> [usize; 2] {
    let Pool { rows, columns, channels } = pool;
    [rows.input * columns.input, rows.output * columns.output].map(|pixels| images * pixels * channels)
}

fn same<T: Scalar>(found: &[T], expected: &[T]) -> bool {
    found.iter().zip(expected).all(|(a, b)| a == b || a.to_f64().is_nan() && b.to_f64().is_nan())
}

/// Checks maxima and their gradient on few different numbers, so that maxima are shared.
fn check_max<T: Scalar>(pool: Pool, images: usize, nan: bool) {
    let [inputs, outputs] = lengths(pool, images);
    let (mut x, dy) = (whole::<T>(inputs, 1), whole::<T>(outputs, 2));
    if nan {
        x[inputs / 2] = T::of(f64::NAN);
    }
    let mut winners = vec![None; outputs];
    taps(pool, images, zero, |y, tap| {
        let wins = |best: usize| x[tap] > x[best] || x[tap].to_f64().is_nan();
        if winners[y].is_none_or(wins) {
            winners[y] = Some(tap);
        }
    });
    let (mut expected_y, mut expected_dx) = (Vec::new(), vec![T::ZERO; inputs]);
    for (winner, &dy) in winners.into_iter().zip(&dy) {
        let winner = winner.expect("a tap inside");
        expected_y.push(x[winner]);
        expected_dx[winner] += dy;
    }
    let (mut y, mut dx) = (vec![T::of(f64::NAN); outputs], vec![T::of(f64::NAN); inputs]);
    max(pool, &x, &mut y);
    assert!(same(&y, &expected_y), "maxima of {images} × {pool:?}: {y:?}, expected {expected_y:?}");
    max_gradient(pool, &x, &dy, &mut dx);
    assert!(same(&dx, &expected_dx), "gradient of {images} × {pool:?}: {dx:?}, expected {expected_dx:?}");
}

/// Checks sums and their adjoint, with padding from any source.
fn check_sums<T: Scalar>(pool: Pool, images: usize, source: Option<Source>) {
    let [inputs, outputs] = lengths(pool, images);
    let (x, dy, scale) = (whole::<T>(inputs, 1), whole::<T>(outputs, 2), T::of(0.25));
    let (mut expected_y, mut expected_dx) = (vec![T::ZERO; outputs], vec![T::ZERO; inputs]);
    taps(pool, images, source.unwrap_or(zero), |output, input| {
        expected_y[output] += scale * x[input];
        expected_dx[input] += scale * dy[output];
    });
    let (mut y, mut dx) = (vec![T::of(f64::NAN); outputs], vec![T::of(f64::NAN); inputs]);
    sum(pool, source, scale, &x, &mut y);
    assert_eq!(y, expected_y, "sums of {images} × {pool:?}");
    spread(pool, source, scale, &dy, &mut dx);
    assert_eq!(dx, expected_dx, "adjoint of {images} × {pool:?}");
}

/// Returns an axis whose padding is narrower than the image on both sides, as reflection requires.
fn narrow(axis: Axis) -> Axis {
    let before = axis.before.min(axis.input.cast_signed() - 1);
    let extent = axis.dilation * (axis.taps - 1);
    let last = (2 * (axis.input - 1)).cast_signed() + before;
    let output = (last - extent.cast_signed()).div_euclid(axis.stride.cast_signed()) + 1;
    if output < 1 {
        return Axis { taps: 1, output: 1, before, ..axis };
    }
    Axis { output: output.cast_unsigned().min(axis.output), before, ..axis }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: if cfg!(miri) { 6 } else { 300 },
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn windows_of_any_size_agree(pool in any_pool(), images in 0..4_usize, threads in 1..4_usize, nan: bool) {
        let check = || {
            if pool.sees_something() {
                check_max::<f32>(pool, images, nan && images > 0);
                check_max::<f64>(pool, images, nan && images > 0);
            }
            let reflecting = Pool { rows: narrow(pool.rows), columns: narrow(pool.columns), ..pool };
            for (pool, source) in [
                (pool, None),
                (pool, Some(zero as Source)),
                (pool, Some(replicate)),
                (reflecting, Some(reflect)),
            ] {
                check_sums::<f32>(pool, images, source);
                check_sums::<f64>(pool, images, source);
            }
        };
        if threads == 1 {
            check();
        } else {
            rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("a pool").install(check);
        }
    }
}
