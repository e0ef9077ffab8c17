//! Tests how far the functions are from the exact ones, and that they do not depend on a number's position in a slice.

use pulp::Arch;

use crate::Scalar;
use crate::math::activation::{
    elu, gelu, gelu_derivative, silu, silu_derivative, softplus, softplus_derivative,
};
use crate::math::exponential::{exp, exp_m1, sigmoid, tanh};
use crate::math::float::Float;
use crate::math::formula::{Map, formula, run_on};
use crate::math::logarithm::{ln, ln_1p};
use crate::math::normal_distribution::normal;
use crate::testing::levels;

fn distribution<const FUSED: bool, T: Float>(x: T) -> T {
    normal::<FUSED, T>(x)[0]
}

fn density<const FUSED: bool, T: Float>(x: T) -> T {
    normal::<FUSED, T>(x)[1]
}

/// A function in its separate and fused forms, for either scalar.
struct Function {
    name: &'static str,
    single: [fn(f32) -> f32; 2],
    double: [fn(f64) -> f64; 2],
}

macro_rules! function {
    ($function:ident) => {
        Function {
            name: stringify!($function),
            single: [$function::<false, f32>, $function::<true, f32>],
            double: [$function::<false, f64>, $function::<true, f64>],
        }
    };
}

/// Returns the error in units in the last place of a type with the given number of digits and smallest exponent.
fn units(found: f64, exact: f64, digits: i32, smallest: i32) -> f64 {
    if found == exact || found.is_nan() && exact.is_nan() {
        return 0.0;
    }
    let exponent = libm::ilogb(exact).max(smallest);
    // in two steps, since the unit may be subnormal
    libm::ldexp(libm::ldexp((found - exact).abs(), -exponent), digits - 1)
}

fn single_units(found: f32, exact: f64) -> f64 {
    // above the largest number
    let exact = if (exact as f32).is_infinite() { f64::from(exact as f32) } else { exact };
    units(f64::from(found), exact, 24, -126)
}

fn double_units(found: f64, exact: f64) -> f64 {
    units(found, exact, 53, -1022)
}

/// A function, the exact function, and the largest errors: of `f32`, and of `f64` against `libm`, which itself errs by
/// up to one unit.
type Row = (Function, fn(f64) -> f64, f64, f64);

fn rows() -> [Row; 8] {
    let exact_sigmoid = |x: f64| {
        let e = libm::exp(-x.abs());
        if x < 0.0 { e / (1.0 + e) } else { 1.0 / (1.0 + e) }
    };
    [
        (function!(exp), libm::exp, 1.04, 1.5),
        (function!(exp_m1), libm::expm1, 1.8, 2.5),
        (function!(ln), libm::log, 0.8, 1.5),
        (function!(ln_1p), libm::log1p, 1.4, 2.0),
        (function!(tanh), libm::tanh, 2.4, 3.5),
        (function!(sigmoid), exact_sigmoid, 2.3, 4.5),
        // libm receives a rounded argument, and its errors grow with the square of the argument
        (function!(distribution), |x| 0.5 * libm::erfc(-x * std::f64::consts::FRAC_1_SQRT_2), 5.8, 2e3),
        (function!(density), |x| libm::exp(-0.5 * x * x), 1.2, 2e3),
    ]
}

#[test]
fn errors_are_below_their_bounds_for_numbers_of_every_size() {
    for (function, exact, single_bound, double_bound) in rows() {
        // below, e⁻ˣ is infinite: the exact results are subnormal, and the computed ones are 0
        let excluded = |x: f64, least: f64| function.name == "sigmoid" && x < least;
        for bits in (0..=u32::MAX).step_by(4099) {
            let x = f32::from_bits(bits);
            if excluded(x.into(), -87.3) {
                continue;
            }
            let expected = exact(x.into());
            for (fused, f) in function.single.iter().enumerate() {
                let error = single_units(f(x), expected);
                assert!(error <= single_bound, "{}({x}) errs by {error}, form {fused}", function.name);
            }
        }
        for i in 0..200_000_u64 {
            // numbers of every size, and uniform ones in the range that matters most
            let bits = i.wrapping_mul(0x9e37_79b9_7f4a_7c15);
            let even = 60.0 * ((bits >> 11) as f64 / (1_u64 << 53) as f64 - 0.5);
            for x in [f64::from_bits(bits), even, even / 32.0] {
                if excluded(x, -708.3) {
                    continue;
                }
                for (fused, f) in function.double.iter().enumerate() {
                    let error = double_units(f(x), exact(x));
                    assert!(error <= double_bound, "{}({x}) errs by {error}, form {fused}", function.name);
                }
            }
        }
    }
}

#[test]
fn the_normal_distribution_is_that_of_forty_digits() {
    /// The values of x, Φ(x) and exp(−x²/2) by mpmath, rounded.
    const KNOWN: [[f64; 3]; 12] = [
        [-37.0, 5.725_571_222_524_577e-300, 5.314_068_364_454_539e-298],
        [-30.5, 1.302_937_913_178_076_3e-204, 9.971_927_325_624_807e-203],
        [-20.25, 1.776_199_864_949_57e-91, 9.037_733_007_640_963e-90],
        [-12.0, 1.776_482_112_077_679e-33, 5.380_186_160_021_138e-32],
        [-8.125, 2.236_812_064_444_105_3e-16, 4.622_630_405_483_706_5e-15],
        [-5.0, 2.866_515_718_791_939e-07, 3.726_653_172_078_671e-06],
        [-1.5, 0.066_807_201_268_858_07, 0.324_652_467_358_349_74],
        [-1.0, 0.158_655_253_931_457_05, 0.606_530_659_712_633_4],
        [0.0, 0.5, 1.0],
        [1.0, 0.841_344_746_068_542_9, 0.606_530_659_712_633_4],
        [2.5, 0.993_790_334_674_223_8, 0.043_936_933_623_407_42],
        [6.0, 0.999_999_999_013_412_3, 1.522_997_974_471_263e-08],
    ];
    for [x, expected, expected_density] in KNOWN {
        for [found, density] in [normal::<false, f64>(x), normal::<true, f64>(x)] {
            assert!(double_units(found, expected) <= 7.0, "Φ({x}) = {found}, expected {expected}");
            assert!(double_units(density, expected_density) <= 1.6, "density {density} at {x}");
        }
    }
}

#[test]
fn ends_of_the_range_are_those_of_the_c_library() {
    const INFINITE: f32 = f32::INFINITY;
    /// The smallest number.
    const LEAST: f32 = f32::from_bits(1);
    let table: [(Function, &[[f32; 2]]); 9] = [
        (function!(exp), &[[-INFINITE, 0.0], [-104.0, 0.0], [-103.9, LEAST], [0.0, 1.0], [-0.0, 1.0]]),
        (function!(exp), &[[INFINITE, INFINITE], [88.73, INFINITE], [f32::MAX, INFINITE], [f32::MIN, 0.0]]),
        (function!(exp_m1), &[[-INFINITE, -1.0], [INFINITE, INFINITE], [0.0, 0.0], [1e-30, 1e-30]]),
        (function!(ln), &[[0.0, -INFINITE], [-0.0, -INFINITE], [INFINITE, INFINITE], [1.0, 0.0]]),
        (function!(ln), &[[-1.0, f32::NAN], [-INFINITE, f32::NAN], [-LEAST, f32::NAN], [LEAST, -103.278_93]]),
        (function!(ln_1p), &[[-1.0, -INFINITE], [-2.0, f32::NAN], [INFINITE, INFINITE], [1e-30, 1e-30]]),
        (function!(tanh), &[[INFINITE, 1.0], [-INFINITE, -1.0], [-1e-30, -1e-30], [-0.0, -0.0]]),
        (function!(sigmoid), &[[INFINITE, 1.0], [-INFINITE, 0.0], [0.0, 0.5], [f32::MIN, 0.0]]),
        (function!(distribution), &[[INFINITE, 1.0], [-INFINITE, 0.0], [0.0, 0.5], [f32::MIN, 0.0]]),
    ];
    for (function, pairs) in table {
        for f in function.single {
            assert!(f(f32::NAN).is_nan(), "{} hides a NaN", function.name);
            for &[x, expected] in pairs {
                let found = f(x);
                let same = found == expected && found.is_sign_positive() == expected.is_sign_positive();
                let what = function.name;
                assert!(same || found.is_nan() && expected.is_nan(), "{what}({x}) = {found}, not {expected}");
            }
        }
    }
    // the result rounds to 1 from 19.0615… on, to half a unit in the last place
    for f in function!(tanh).double {
        for x in [19.0625, 19.25, 19.5, 25.0, 1e300, f64::INFINITY] {
            assert_eq!([f(x), f(-x)], [1.0, -1.0], "tanh(±{x})");
        }
    }
    let overflow = f64::MAX.ln();
    assert!(exp::<true, f64>(overflow).is_finite() && exp::<true, f64>(overflow + 1e-12).is_infinite());
    assert_eq!([exp::<true, f64>(-745.2), exp::<true, f64>(-745.1)], [0.0, f64::from_bits(1)]);
    assert!(exp::<true, f32>(88.72).is_finite() && exp_m1::<true, f32>(88.72).is_finite());
}

/// Checks that loops over slices of any length give the same as the function gives for each number alone.
#[test]
fn results_depend_on_neither_the_place_in_a_slice_nor_the_instruction_set_but_for_fusing() {
    fn check<T: Scalar>() {
        macro_rules! check {
            ($($name:ident: $function:expr;)*) => {$(
                for arch in levels() {
                    for len in (0..70).chain([1000]) {
                        let x: Vec<T> = (0..len).map(|i| T::of(f64::from((i * 7919) % 1009) / 50.0 - 10.0)).collect();
                        let mut y = x.clone();
                        run_on(arch, Map(&mut y, formula!(FUSED => $function)));
                        let separate = matches!(arch, Arch::Scalar);
                        let f = formula!(FUSED => $function);
                        for (x, y) in x.into_iter().zip(y) {
                            let alone = if separate { (f.separate)(x) } else { (f.fused)(x) };
                            let same = y == alone || y.to_f64().is_nan() && alone.to_f64().is_nan();
                            assert!(same, "{}({x}) = {y}, alone {alone}, {len} on {arch:?}", stringify!($name));
                        }
                    }
                }
            )*};
        }
        check! {
            exp: exp::<FUSED, T>;
            exp_m1: exp_m1::<FUSED, T>;
            ln: ln::<FUSED, T>;
            ln_1p: ln_1p::<FUSED, T>;
            sigmoid: sigmoid::<FUSED, T>;
            tanh: tanh::<FUSED, T>;
            softplus: softplus::<FUSED, T>;
            softplus_derivative: softplus_derivative::<FUSED, T>;
            elu: |x: T| elu::<FUSED, T>(x, T::ONE);
            silu: silu::<FUSED, T>;
            silu_derivative: silu_derivative::<FUSED, T>;
            gelu: gelu::<FUSED, T>;
            gelu_derivative: gelu_derivative::<FUSED, T>;
        }
    }
    check::<f32>();
    check::<f64>();
}
