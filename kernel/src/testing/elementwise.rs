use super::{LENGTHS, on_threads, whole};
use crate::Scalar;
use crate::math::elementwise::{
    add, add_rectified, add_scaled, add_to, add_to_rectified, clamp, map, map_to, move_toward, scale,
    scale_to, sum_of_squares, zip, zip_to,
};

/// Compares each loop with its formula for one number.
fn check<T: Scalar>(len: usize) {
    let (x, y, factor) = (whole::<T>(len, 1), whole::<T>(len, 2), T::of(0.5));
    let rectified = |x: T| if x > T::ZERO { x } else { T::ZERO };
    let expect = |what: &str, found: &[T], of: &dyn Fn(T, T) -> T| {
        assert_eq!(found.len(), len);
        for (i, (&found, (&x, &y))) in found.iter().zip(x.iter().zip(&y)).enumerate() {
            let expected = of(x, y);
            assert!(found == expected, "{what} of {len}, {}: number {i} is {found}, not {expected}", T::NAME);
        }
    };
    let changed = |change: &dyn Fn(&mut [T])| {
        let mut y = y.clone();
        change(&mut y);
        y
    };
    let written = |write: &dyn Fn(&mut [T])| {
        let mut z = vec![T::of(f64::NAN); len];
        write(&mut z);
        z
    };
    expect("map", &changed(&|y| map(y, |y| y * y - T::ONE)), &|_, y| y * y - T::ONE);
    expect("zip", &changed(&|y| zip(y, &x, |y, x| y * y - x)), &|x, y| y * y - x);
    expect("map_to", &written(&|z| map_to(&x, z, |x| x * x - T::ONE)), &|x, _| x * x - T::ONE);
    expect("zip_to", &written(&|z| zip_to(&x, &y, z, |x, y| x * x - y)), &|x, y| x * x - y);
    expect("add", &changed(&|y| add(y, &x)), &|x, y| y + x);
    expect("add_rectified", &changed(&|y| add_rectified(y, &x)), &|x, y| rectified(y + x));
    expect("add_to", &written(&|z| add_to(&x, &y, z)), &|x, y| x + y);
    expect("add_to_rectified", &written(&|z| add_to_rectified(&x, &y, z)), &|x, y| rectified(x + y));
    expect("add_scaled", &changed(&|y| add_scaled(y, &x, factor)), &|x, y| y + factor * x);
    let mut zero = [T::of(-0.0); 3];
    move_toward(&mut zero, &[T::of(-0.0); 3], factor);
    assert!(zero.iter().all(|zero| zero.to_f64().is_sign_negative()), "a number that equals its aim");
    expect("move_toward", &changed(&|y| move_toward(y, &x, factor)), &|x, y| y + factor * (x - y));
    let clamped = |y: T| {
        if y > T::ONE {
            T::ONE
        } else if y < -T::ONE {
            -T::ONE
        } else {
            y
        }
    };
    expect("clamp", &changed(&|y| clamp(y, T::ONE)), &|_, y| clamped(y));
    // whole numbers, whose squares are summed without rounding
    let expected = x.iter().fold(0.0, |sum, x| sum + x.to_f64().powi(2));
    assert_eq!(sum_of_squares(&x).to_bits(), expected.to_bits());
    expect("scale", &changed(&|y| scale(y, factor)), &|_, y| factor * y);
    expect("scale_to", &written(&|z| scale_to(&x, z, factor)), &|x, _| factor * x);
}

#[test]
fn loops_over_numbers_are_those_of_single_numbers() {
    for &len in LENGTHS {
        on_threads(|| {
            check::<f32>(len);
            check::<f64>(len);
        });
    }
}

#[test]
fn rectifiers_let_nan_through_wherever_it_lies() {
    for len in [1, 5, 16, 40] {
        for place in [0, len / 2, len - 1] {
            let (mut x, y) = (vec![-1.0_f32; len], vec![0.5; len]);
            x[place] = f32::NAN;
            let mut to = vec![0.0; len];
            add_to_rectified(&x, &y, &mut to);
            add_rectified(&mut x, &y);
            for (i, (x, to)) in x.iter().zip(&to).enumerate() {
                let right = |found: f32| if i == place { found.is_nan() } else { found == 0.0 };
                assert!(right(*x) && right(*to), "{x} and {to} at {i} of {len}, NaN at {place}");
            }
        }
    }
}
