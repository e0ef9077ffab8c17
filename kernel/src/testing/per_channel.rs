use super::{any, assert_close, exact, whole};
use crate::Scalar;
use crate::norm::per_channel::tests::SIZES;
use crate::norm::per_channel::{absorb, add_sums, map, map_rows, product, room};

fn check<T: Scalar>(channels: usize, rows: usize) {
    let what = format!("{rows} rows of {channels} channels of {}", T::NAME);
    let (x, before) = (whole::<T>(rows * channels, 1), whole::<T>(channels, 2));
    let mut sums = before.clone();
    add_sums(&mut sums, &x, &mut vec![T::of(f64::NAN); room(channels, 1)]);
    let mut expected = before.clone();
    x.iter().enumerate().for_each(|(i, &x)| expected[i % channels] += x);
    assert_eq!(sums, expected, "sums, {what}");

    let mut found = [x.clone(), x.clone()];
    map(&mut found[0], [&x], channels, |c| [before[c]], |y, [x], [f]| y + f * x);
    map_rows(&mut found[1], [&x], channels, |c| [before[c]], |y, [x], [f]| y + f * x);
    let expected: Vec<_> = x.iter().enumerate().map(|(i, &x)| x + before[i % channels] * x).collect();
    assert_eq!(found, [expected.clone(), expected], "mapped, {what}");

    let y = whole::<T>(x.len(), 3);
    let expected: f64 = exact(&x).into_iter().zip(exact(&y)).map(|(x, y)| x * y).sum();
    assert_eq!(product(&x, &y, &mut vec![T::of(f64::NAN); room(1, 1)]).to_f64(), expected, "product, {what}");

    // weights with a row for each input, biases, factors and shifts
    let (w, bias, affine) = (x, whole::<T>(channels, 4), any::<T>(2 * channels, 5, 2.0));
    for bias in [&[][..], &bias] {
        let (mut weights, mut moved, mut shifted) = (w.clone(), bias.to_vec(), affine.clone());
        absorb(&mut weights, &mut moved, &mut shifted);
        let (factors, shifts) = affine.split_at(channels);
        let expected: Vec<_> = w.iter().enumerate().map(|(i, &w)| w * factors[i % channels]).collect();
        assert_eq!(weights, expected, "weights, {what}");
        assert!(moved.iter().all(|&bias| bias == T::ZERO) && shifted[..channels] == *factors, "{what}");
        let bias = |c: usize| bias.get(c).map_or(0.0, |bias| bias.to_f64());
        let expected: Vec<_> =
            (0..channels).map(|c| shifts[c].to_f64() + factors[c].to_f64() * bias(c)).collect();
        assert_close(&shifted[channels..], &expected, 4.0, &format!("shifts, {what}"));
    }
}

#[test]
fn rows_of_channels_are_treated_as_plain_loops_do() {
    for (channels, rows) in SIZES.into_iter().chain([(1, 0), (7, 0), (300, 0)]) {
        if cfg!(miri) && channels * rows > 400 {
            continue;
        }
        check::<f32>(channels, rows);
        check::<f64>(channels, rows);
    }
}
