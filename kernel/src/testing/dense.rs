use super::{on_threads, whole};
use crate::Scalar;
use crate::epilogue::Epilogue;
use crate::gemm::dense::{forward, input_gradient, weight_gradient};

/// Compares the three roles with their sums, number by number.
fn check<T: Scalar>([batch, inputs, outputs]: [usize; 3]) {
    let what = format!("{inputs}×{outputs}, {batch} examples of {}", T::NAME);
    let (x, dy) = (whole::<T>(batch * inputs, 1), whole::<T>(batch * outputs, 2));
    let (w, bias) = (whole::<T>(inputs * outputs, 3), whole::<T>(outputs, 4));
    let before = whole::<T>(w.len(), 5);
    let (mut plain_y, mut plain_dx, mut plain_dw) =
        (vec![T::ZERO; dy.len()], vec![T::ZERO; x.len()], before.clone());
    for n in 0..batch {
        for i in 0..inputs {
            for o in 0..outputs {
                let (x_at, w_at, y_at) = (n * inputs + i, i * outputs + o, n * outputs + o);
                plain_y[y_at] += x[x_at] * w[w_at];
                plain_dx[x_at] += dy[y_at] * w[w_at];
                plain_dw[w_at] += x[x_at] * dy[y_at];
            }
        }
    }
    for bias in [&[][..], &bias] {
        for (addend, rectify) in [(&[][..], false), (&dy, false), (&[], true), (&dy, true)] {
            let mut y = vec![T::of(f64::NAN); dy.len()];
            forward(&x, &w, bias, Epilogue { addend, rectify }, &mut y, inputs, outputs);
            let expected = plain_y.iter().enumerate().map(|(i, &sum)| {
                let of = |terms: &[T], i: usize| terms.get(i).copied().unwrap_or(T::ZERO);
                let sum = sum + of(bias, i % outputs) + of(addend, i);
                if rectify { sum.max(T::ZERO) } else { sum }
            });
            let epilogue = [bias.len(), addend.len(), usize::from(rectify)];
            assert!(y.into_iter().eq(expected), "forward, {what}, {epilogue:?}");
        }
    }
    let mut dw = before.clone();
    weight_gradient(&x, &dy, &mut dw, inputs, outputs, false);
    assert_eq!(dw, plain_dw, "weight gradient, {what}");
    let mut fresh = vec![T::of(f64::NAN); w.len()];
    weight_gradient(&x, &dy, &mut fresh, inputs, outputs, true);
    let alone: Vec<_> = plain_dw.iter().zip(&before).map(|(&dw, &before)| dw - before).collect();
    assert_eq!(fresh, alone, "fresh weight gradient, {what}");
    let mut dx = vec![T::of(f64::NAN); x.len()];
    input_gradient(&dy, &w, &mut dx, &mut vec![T::of(f64::NAN); x.len() + dy.len()], inputs, outputs);
    assert_eq!(dx, plain_dx, "input gradient, {what}");
}

#[test]
fn all_three_roles_agree_around_the_sizes_of_vectors() {
    let (batches, sides): (&[_], &[_]) = if cfg!(miri) {
        (&[0, 5], &[1, 9, 17])
    } else {
        (&[0, 1, 2, 13], &[1, 2, 7, 8, 9, 15, 16, 17, 31, 32, 33, 65])
    };
    for &batch in batches {
        for &inputs in sides {
            for &outputs in sides {
                check::<f32>([batch, inputs, outputs]);
                check::<f64>([batch, inputs, outputs]);
            }
        }
    }
}

#[test]
fn large_products_agree_on_any_number_of_threads() {
    // single examples use separate tiles; many examples of a wide product are packed, in all roles
    let sizes: &[_] = if cfg!(miri) {
        &[[1, 3, 70]]
    } else {
        &[[1, 300, 257], [3, 129, 130], [61, 700, 530], [300, 97, 33]]
    };
    for &size in sizes {
        on_threads(|| {
            check::<f32>(size);
            check::<f64>(size);
        });
    }
}
