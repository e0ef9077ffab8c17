use super::{any, assert_close, exact, on_threads, precise_sum};
use crate::Scalar;
use crate::epilogue::Epilogue;
use crate::norm::group::Groups;
use crate::norm::per_channel::room;
use crate::norm::per_channel::tests::SIZES;
use crate::norm::{batch, group, l2, rows};

/// The epsilon, large enough that no variance makes the sums lose their digits.
const EPSILON: f64 = 0.01;

/// A reference for all normalizations: numbers that share a mean, and factors and shifts that some of them share.
struct Plain<'a> {
    x: Vec<f64>,
    params: Vec<f64>,
    /// The map from a number to its mean, an index below `means`.
    member: &'a dyn Fn(usize) -> usize,
    means: usize,
    /// The map from a number to its factor and its shift.
    parameter: &'a dyn Fn(usize) -> usize,
}

impl Plain<'_> {
    fn average(&self, of: impl Fn(usize) -> f64) -> Vec<f64> {
        let (mut sums, mut counts) = (vec![0.0; self.means], vec![0.0; self.means]);
        for i in 0..self.x.len() {
            sums[(self.member)(i)] += of(i);
            counts[(self.member)(i)] += 1.0;
        }
        sums.iter().zip(counts).map(|(sum, count)| sum / count).collect()
    }

    /// Returns the means, and the variances around them.
    fn moments(&self) -> [Vec<f64>; 2] {
        let means = self.average(|i| self.x[i]);
        let variances = self.average(|i| (self.x[i] - means[(self.member)(i)]).powi(2));
        [means, variances]
    }

    /// Returns y = γ (x − μ) i + β for the given moments.
    fn normal(&self, [means, variances]: &[Vec<f64>; 2], rectified: bool) -> Vec<f64> {
        let shifts = self.params.len() / 2;
        let of = |i: usize| {
            let (mean, parameter) = ((self.member)(i), (self.parameter)(i));
            let normal = (self.x[i] - means[mean]) / (variances[mean] + EPSILON).sqrt();
            self.params[parameter] * normal + self.params[shifts + parameter]
        };
        let rectify = |y: f64| if rectified { y.max(0.0) } else { y };
        (0..self.x.len()).map(of).map(rectify).collect()
    }

    /// Returns dx, and the increments of the gradients of γ and β.
    fn gradients(&self, dy: &[f64], rectified: bool) -> [Vec<f64>; 2] {
        self.gradients_around(self.moments(), 1.0, dy, rectified)
    }

    /// Returns [`gradients`](Self::gradients) for moments that follow x if `moves` is 1, and are given if it is 0.
    fn gradients_around(
        &self,
        moments: [Vec<f64>; 2],
        moves: f64,
        dy: &[f64],
        rectified: bool,
    ) -> [Vec<f64>; 2] {
        let y = self.normal(&moments, rectified);
        let [means, variances] = moments;
        let dy = |i: usize| if rectified && y[i] <= 0.0 { 0.0 } else { dy[i] };
        let inverse = |i: usize| 1.0 / (variances[(self.member)(i)] + EPSILON).sqrt();
        let centered = |i: usize| self.x[i] - means[(self.member)(i)];
        let scaled = |i: usize| self.params[(self.parameter)(i)] * dy(i);
        let mean = self.average(scaled);
        let slope = self.average(|i| scaled(i) * centered(i));
        let mut grads = vec![0.0; self.params.len()];
        let shifts = grads.len() / 2;
        let dx = |i: usize| {
            let member = (self.member)(i);
            let follows = mean[member] + centered(i) * inverse(i).powi(2) * slope[member];
            inverse(i) * (scaled(i) - moves * follows)
        };
        for i in 0..self.x.len() {
            grads[(self.parameter)(i)] += dy(i) * centered(i) * inverse(i);
            grads[shifts + (self.parameter)(i)] += dy(i);
        }
        [(0..self.x.len()).map(dx).collect(), grads]
    }
}

/// Returns inputs around 3, output gradients, and factors and shifts.
fn numbers<T: Scalar>(len: usize, params: usize) -> [Vec<T>; 3] {
    let x = any::<T>(len, 1, 1.0).into_iter().map(|x| x + T::of(3.0)).collect();
    [x, any(len, 2, 1.0), any(2 * params, 3, 2.0)]
}

/// The units of rounding that sums of thousands of numbers, and inverse deviations up to 10, may lose.
const UNITS: f64 = 4000.0;

fn unwritten<T: Scalar>(len: usize) -> Vec<T> {
    vec![T::of(f64::NAN); len]
}

fn plus_one(gradients: &[f64]) -> Vec<f64> {
    gradients.iter().map(|gradient| gradient + 1.0).collect()
}

fn check_batch<T: Scalar>(channels: usize, rows: usize, rectified: bool) {
    let epilogue = Epilogue { addend: &[], rectify: rectified };
    let what = |which: &str| format!("{which} of {rows} rows of {channels} channels, rectified: {rectified}");
    let [x, dy, params] = numbers::<T>(rows * channels, channels);
    let member = |i: usize| i % channels;
    let plain =
        Plain { x: exact(&x), params: exact(&params), member: &member, means: channels, parameter: &member };
    let (mut y, mut dx) = (unwritten(x.len()), unwritten(x.len()));
    let (mut statistics, mut work) = (unwritten(2 * channels), unwritten(room(channels, 2)));

    batch::forward(&x, &mut y, &params, &mut statistics, &mut work, EPSILON, epilogue);
    assert_close(&y, &plain.normal(&plain.moments(), rectified), UNITS, &what("outputs"));
    let added = Epilogue { addend: &dy, ..epilogue };
    let sums = |y: Vec<f64>| y.into_iter().zip(exact(&dy)).map(|(y, dy)| y + dy);
    let finished = |y: Vec<f64>| sums(y).map(|y| if rectified { y.max(0.0) } else { y }).collect::<Vec<_>>();
    batch::forward(&x, &mut y, &params, &mut statistics, &mut work, EPSILON, added);
    assert_close(&y, &finished(plain.normal(&plain.moments(), false)), UNITS, &what("outputs added to"));
    let [expected_dx, expected] = plain.gradients(&exact(&dy), rectified);
    for wanted in [true, false] {
        let mut grads = vec![T::ONE; params.len()];
        work.fill(T::of(f64::NAN));
        let dx = wanted.then_some(&mut dx[..]);
        let statistics = batch::Statistics::OfBatch(&statistics);
        batch::backward([&x, &dy], dx, &params, &mut grads, statistics, &mut work, rectified);
        assert_close(&grads, &plus_one(&expected), UNITS, &what("gradients"));
    }
    assert_close(&dx, &expected_dx, UNITS, &what("input gradient"));

    // running statistics: means, then variances
    let running: Vec<_> = [any::<T>(channels, 4, 2.0), any(channels, 5, 2.0)].concat();
    let running: Vec<_> =
        running.into_iter().enumerate().map(|(i, x)| if i < channels { x } else { x.abs() }).collect();
    let moments = [exact(&running[..channels]), exact(&running[channels..])];
    let expected = plain.normal(&moments, rectified);
    let mut y = x.clone();
    batch::evaluate(&mut y, &params, &running, EPSILON, epilogue);
    assert_close(&y, &expected, UNITS, &what("evaluation"));
    y.copy_from_slice(&x);
    batch::evaluate(&mut y, &params, &running, EPSILON, added);
    let expected_added = finished(plain.normal(&moments, false));
    assert_close(&y, &expected_added, UNITS, &what("evaluation added to"));

    // the same in training, with gradients
    for (epilogue, expected) in [(epilogue, &expected), (added, &expected_added)] {
        batch::forward_given(&x, &mut y, &params, &running, &mut statistics, EPSILON, epilogue);
        assert_close(&y, expected, UNITS, &what("outputs by given statistics"));
    }
    let [expected_dx, expected_grads] = plain.gradients_around(moments, 0.0, &exact(&dy), rectified);
    let mut grads = vec![T::ONE; params.len()];
    let given = batch::Statistics::Given(&statistics);
    batch::backward([&x, &dy], Some(&mut dx), &params, &mut grads, given, &mut work, rectified);
    assert_close(&dx, &expected_dx, UNITS, &what("input gradient by given statistics"));
    assert_close(&grads, &plus_one(&expected_grads), UNITS, &what("gradients by given statistics"));

    let (mut y, mut folded) = (x, params);
    batch::fold(&mut folded, &running, EPSILON);
    batch::transform(&mut y, &folded, epilogue);
    assert_close(&y, &expected, UNITS, &what("folded evaluation"));
}

/// Returns true if a size is too large for Miri, which is slow.
fn too_large(len: usize) -> bool {
    cfg!(miri) && len > 300
}

#[test]
fn channels_over_a_batch_are_normalized_as_the_formula_says() {
    for (channels, rows) in SIZES {
        if too_large(channels * rows) {
            continue;
        }
        for rectified in [false, true] {
            on_threads(|| {
                check_batch::<f32>(channels, rows, rectified);
                check_batch::<f64>(channels, rows, rectified);
            });
        }
    }
}

fn check_rows<T: Scalar>(len: usize, count: usize) {
    let what = |which: &str| format!("{which} of {count} rows of {len}");
    let [x, dy, params] = numbers::<T>(count * len, len);
    let plain = Plain {
        x: exact(&x),
        params: exact(&params),
        member: &|i| i / len,
        means: count,
        parameter: &|i| i % len,
    };
    let (mut y, mut dx, mut statistics) = (unwritten(x.len()), unwritten(x.len()), unwritten(2 * count));
    rows::forward(&x, &mut y, &params, &mut statistics, EPSILON);
    let expected = plain.normal(&plain.moments(), false);
    assert_close(&y, &expected, UNITS, &what("outputs"));
    let mut y = x.clone();
    rows::evaluate(&mut y, &params, EPSILON);
    assert_close(&y, &expected, UNITS, &what("evaluation"));
    let [expected_dx, expected] = plain.gradients(&exact(&dy), false);
    for wanted in [true, false] {
        let mut grads = vec![T::ONE; params.len()];
        rows::backward(&x, &dy, wanted.then_some(&mut dx[..]), &params, &mut grads, &statistics);
        assert_close(&grads, &plus_one(&expected), UNITS, &what("gradients"));
    }
    assert_close(&dx, &expected_dx, UNITS, &what("input gradient"));
}

#[test]
fn rows_are_normalized_as_the_formula_says() {
    for len in [1, 2, 7, 8, 9, 16, 17, 33, 255, 257, 700] {
        for count in [0, 1, 2, 13] {
            if !too_large(len * count) {
                on_threads(|| {
                    check_rows::<f32>(len, count);
                    check_rows::<f64>(len, count);
                });
            }
        }
    }
}

fn check_group<T: Scalar>([pixels, size, count]: [usize; 3], images: usize) {
    let what = |which: &str| format!("{which} of {images} × {pixels} pixels of {count} groups of {size}");
    let channels = size * count;
    let sizes = Groups { len: pixels * channels, channels, count };
    let [x, dy, params] = numbers::<T>(images * sizes.len, channels);
    let plain = Plain {
        x: exact(&x),
        params: exact(&params),
        member: &|i| i / sizes.len * count + i % channels / size,
        means: images * count,
        parameter: &|i| i % channels,
    };
    let (mut y, mut dx) = (unwritten(x.len()), unwritten(x.len()));
    let (mut statistics, mut work) = (unwritten(2 * count * images), unwritten(2 * channels * images));
    group::forward(sizes, &x, &mut y, &params, &mut statistics, &mut work, EPSILON);
    assert_close(&y, &plain.normal(&plain.moments(), false), UNITS, &what("outputs"));
    let [expected_dx, expected] = plain.gradients(&exact(&dy), false);
    for wanted in [true, false] {
        let mut grads = vec![T::ONE; params.len()];
        work.fill(T::of(f64::NAN));
        let dx = wanted.then_some(&mut dx[..]);
        group::backward(sizes, [&x, &dy], dx, &params, &mut grads, &statistics, &mut work);
        assert_close(&grads, &plus_one(&expected), UNITS, &what("gradients"));
    }
    assert_close(&dx, &expected_dx, UNITS, &what("input gradient"));
}

#[test]
fn groups_of_channels_are_normalized_as_the_formula_says() {
    for size in [[1, 1, 1], [4, 1, 3], [4, 3, 1], [9, 2, 4], [25, 8, 2], [3, 17, 5], [1, 257, 2], [65, 5, 7]]
    {
        for images in [0, 1, 2, 5] {
            if !too_large(size.iter().product::<usize>() * images) {
                on_threads(|| {
                    check_group::<f32>(size, images);
                    check_group::<f64>(size, images);
                });
            }
        }
    }
}

/// Returns y = x / max(‖x‖, ε) and dx of one row, as the formulas say.
fn plain_l2(x: &[f64], dy: &[f64], epsilon: f64) -> [Vec<f64>; 2] {
    let norm = precise_sum(x.iter().map(|x| x * x)).sqrt();
    let y: Vec<f64> = x.iter().map(|x| x / norm.max(epsilon)).collect();
    let along = if norm < epsilon { 0.0 } else { precise_sum(y.iter().zip(dy).map(|(y, dy)| y * dy)) };
    let dx = y.iter().zip(dy).map(|(y, dy)| (dy - y * along) / norm.max(epsilon)).collect();
    [y, dx]
}

fn check_l2<T: Scalar>(len: usize, count: usize) {
    let what = |which: &str| format!("{which} of {count} rows of {len}");
    let (mut x, dy) = (any::<T>(count * len, 1, 3.0), any::<T>(count * len, 2, 1.0));
    // every third row is all zeros, and every third is shorter than ε
    for (i, x) in x.chunks_exact_mut(len).enumerate() {
        let factor = T::of([1.0, 0.0, 0.3 * EPSILON / (3.0 * (len as f64).sqrt())][i % 3]);
        for x in x {
            *x *= factor;
        }
    }
    let (exact_x, exact_dy) = (exact(&x), exact(&dy));
    let rows = exact_x.chunks_exact(len).zip(exact_dy.chunks_exact(len));
    let expected: Vec<_> = rows.map(|(x, dy)| plain_l2(x, dy, EPSILON)).collect();
    let [expected_y, expected_dx] =
        [0, 1].map(|which| expected.iter().flat_map(|of| of[which].iter().copied()).collect::<Vec<_>>());
    let (mut y, mut norms) = (x.clone(), unwritten(count));
    l2::forward(&mut y, &mut norms, EPSILON);
    assert_close(&y, &expected_y, UNITS, &what("outputs"));
    let mut dx = dy;
    l2::backward(&y, &mut dx, &norms, EPSILON);
    assert_close(&dx, &expected_dx, UNITS, &what("input gradient"));
    let mut y = x;
    l2::evaluate(&mut y, len, EPSILON);
    assert_close(&y, &expected_y, UNITS, &what("evaluation"));
}

#[test]
fn rows_are_divided_by_their_norms_as_the_formula_says() {
    for len in [1, 2, 7, 8, 9, 16, 17, 33, 255, 257, 700] {
        for count in [0, 1, 2, 13] {
            if !too_large(len * count) {
                on_threads(|| {
                    check_l2::<f32>(len, count);
                    check_l2::<f64>(len, count);
                });
            }
        }
    }
}

#[test]
fn the_norm_of_large_numbers_is_finite_and_that_of_a_nan_is_not() {
    let (mut y, mut norm) = (vec![3e30_f32, -4e30], [0.0]);
    l2::forward(&mut y, &mut norm, 1e-12);
    assert_close(&y, &[0.6, -0.8], 4.0, "outputs");
    assert_close(&norm.map(|norm| norm / 5e30), &[1.0], 4.0, "norm");
    for bad in [f32::NAN, f32::INFINITY] {
        let mut y = vec![1.0, bad, 2.0];
        l2::evaluate(&mut y, 3, 1e-12);
        assert!(y.iter().all(|y| y.is_nan()), "{y:?}");
    }
}
