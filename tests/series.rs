//! Causal convolutions and pools: an output sees no later column.

use plywood::{Model, Predictor, network};
use proptest::prelude::*;

const LEN: usize = 23;

network! {
    /// Stride 1, dilation, pools and a copied first column.
    Steps: Image<1, LEN, 2> => Image<1, LEN, 3> {
        conv(4, kernel = (1, 3), pad = causal), tanh,
        max_pool((1, 2), stride = 1, pad = causal),
        conv(4, kernel = (1, 2), pad = causal, dilation = (1, 4), mode = replicate, groups = 2), tanh,
        avg_pool((1, 3), stride = 1, pad = causal),
        residual { conv(4, kernel = (1, 9), pad = causal), relu },
        conv(3, kernel = 1),
    }
    /// Strides: the output column j sees the input columns up to 6·j.
    Strided: Image<2, LEN, 1> => Image<2, 4, 2> {
        conv(3, kernel = (1, 3), stride = (1, 2), pad = causal, dilation = (1, 2)), tanh,
        max_pool((1, 4), stride = (1, 3), pad = causal),
        conv(2, kernel = 1),
    }
    /// A length that is a parameter.
    Any<const LENGTH: usize>: Image<1, LENGTH, 1> => Image<1, LENGTH, 1> {
        conv(2, kernel = (1, 3), pad = causal, dilation = (1, 3)), tanh,
        conv(1, kernel = (1, 2), pad = causal),
    }
}

/// Returns an output, by rows.
fn outputs<N: plywood::Network>(model: &Model<N>, x: &[f32], len: usize) -> Vec<f32> {
    let mut y = vec![0.0; len];
    Predictor::new(model).infer_into(x, &mut y);
    y
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_output_changes_with_a_later_column(seed: u64, kept in 0..LEN, x in prop::collection::vec(-2.0_f32..2.0, 2 * LEN), later in -9.0_f32..9.0) {
        // columns up to `kept` stay
        let (steps, strided, any) = (Model::<Steps>::new(seed), Model::<Strided>::new(seed), Model::<Any<LEN>>::new(seed));

        let mut changed = x.clone();
        changed[2 * (kept + 1)..].fill(later);
        let (before, after) = (outputs(&steps, &x, 3 * LEN), outputs(&steps, &changed, 3 * LEN));
        prop_assert_eq!(&before[..3 * (kept + 1)], &after[..3 * (kept + 1)]);

        let mut changed = x[..LEN].to_vec();
        changed[kept + 1..].fill(later);
        let (before, after) = (outputs(&any, &x[..LEN], LEN), outputs(&any, &changed, LEN));
        prop_assert_eq!(&before[..=kept], &after[..=kept]);

        let mut changed = x.clone();
        for row in changed.chunks_exact_mut(LEN) {
            row[kept + 1..].fill(later);
        }
        let (before, after) = (outputs(&strided, &x, 16), outputs(&strided, &changed, 16));
        for row in 0..2 {
            let seen = 8 * row..8 * row + 2 * (kept / 6 + 1);
            prop_assert_eq!(&before[seen.clone()], &after[seen]);
        }
    }
}

#[test]
fn the_last_column_that_an_output_may_see_is_seen() {
    let model = Model::<Strided>::new(3);
    let x: Vec<f32> = (0..2 * LEN).map(|i| (i as f32).sin()).collect();
    let before = outputs(&model, &x, 16);
    for output in 0..4 {
        let mut changed = x.clone();
        changed[6 * output] += 5.0;
        let after = outputs(&model, &changed, 16);
        assert_ne!(before[2 * output..2 * output + 2], after[2 * output..2 * output + 2], "output {output}");
    }
}

plywood::gradient_tests!(Steps, Strided);
