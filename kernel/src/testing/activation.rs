use super::{LENGTHS, any, assert_close, exact, on_threads};
use crate::Scalar;
use crate::compiled::Compiled;

fn sigmoid(x: f64) -> f64 {
    1.0 / (1.0 + libm::exp(-x))
}

/// Returns Φ(x).
fn distribution(x: f64) -> f64 {
    0.5 * libm::erfc(-x * std::f64::consts::FRAC_1_SQRT_2)
}

/// Returns φ(x).
fn density(x: f64) -> f64 {
    libm::exp(-0.5 * x * x) / (2.0 * std::f64::consts::PI).sqrt()
}

/// Returns the slope of softplus at the point where softplus is y.
fn softplus_slope(y: f64) -> f64 {
    -libm::expm1(-y)
}

fn silu_slope(x: f64) -> f64 {
    let gate = sigmoid(x);
    gate + x * gate * (1.0 - gate)
}

fn gelu_slope(x: f64) -> f64 {
    distribution(x) + x * density(x)
}

type Function = fn(f64) -> f64;
type Change<T> = fn(&mut [T]);
type Write<T> = fn(&[T], &mut [T]);
type Chain<T> = fn(&[T], &[T], &mut [T]);

/// Compares every loop that is compiled once with the formula of one number by the C library's functions.
fn check<T: Scalar>(len: usize) {
    let (x, dy) = (any::<T>(len, 1, 8.0), any::<T>(len, 2, 2.0));
    let compare = |name: &str, found: &[T], of: &dyn Fn(f64, f64) -> f64| {
        let expected: Vec<_> = exact(&x).into_iter().zip(exact(&dy)).map(|(x, dy)| of(x, dy)).collect();
        assert_close(found, &expected, 16.0, &format!("{name} of {len}"));
    };

    let maps: [(&str, Change<T>, Function); 6] = [
        ("sigmoid", Compiled::map_sigmoid, sigmoid),
        ("tanh", Compiled::map_tanh, libm::tanh),
        ("softplus", Compiled::map_softplus, |x| x.max(0.0) + libm::log1p(libm::exp(-x.abs()))),
        ("silu", Compiled::map_silu, |x| x * sigmoid(x)),
        ("gelu", Compiled::map_gelu, |x| x * distribution(x)),
        ("elu", |y| T::map_elu(y, T::of(1.5)), |x| if x > 0.0 { x } else { 1.5 * libm::expm1(x) }),
    ];
    for (name, map, of) in maps {
        let mut y = x.clone();
        map(&mut y);
        compare(name, &y, &|x, _| of(x));
    }

    let writes: [(&str, Write<T>, Function); 2] = [
        ("silu_to", Compiled::map_silu_to, |x| x * sigmoid(x)),
        ("gelu_to", Compiled::map_gelu_to, |x| x * distribution(x)),
    ];
    for (name, write, of) in writes {
        let mut y = vec![T::of(f64::NAN); len];
        write(&x, &mut y);
        compare(name, &y, &|x, _| of(x));
    }

    let chains: [(&str, Chain<T>, Function); 2] = [
        ("chain_silu_to", Compiled::chain_silu_to, silu_slope),
        ("chain_gelu_to", Compiled::chain_gelu_to, gelu_slope),
    ];
    for (name, chain, slope) in chains {
        let mut dx = vec![T::of(f64::NAN); len];
        chain(&x, &dy, &mut dx);
        compare(name, &dx, &|x, dy| dy * slope(x));
    }
    let y: Vec<_> = x.iter().map(|&x| x.abs()).collect();
    let mut dx = dy.clone();
    T::chain_softplus(&y, &mut dx);
    compare("chain_softplus", &dx, &|x, dy| dy * softplus_slope(x.abs()));
}

#[test]
fn activations_are_their_formulas_at_any_length() {
    for &len in LENGTHS {
        on_threads(|| {
            check::<f32>(len);
            check::<f64>(len);
        });
    }
}
