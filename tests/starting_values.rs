//! Starting values: each rule against its moments and bounds, on dense layers and on filters.

use nalgebra::DMatrix;
use plywood::layer::Init;
use plywood::{Initializer, Model, Scalar, network};

network! {
    Net: Image<6, 6, 8> => Flat<30> {
        filters: conv(24, kernel = 3, pad = 1, groups = 2), relu,
        turned: conv_transpose(8, kernel = 2, stride = 2), relu,
        flatten,
        wide: dense(60), batch_norm, relu,
        last: dense(30),
    }
}

network! {
    Depthwise: Image<6, 6, 32> => Image<6, 6, 32> { conv(32, kernel = 3, pad = 1, groups = 32, bias = false) }
    Up: Image<4, 4, 3> => Image<9, 9, 500> { conv_transpose(500, kernel = 3, stride = 2, bias = false) }
}

fn drawn(rule: Initializer) -> Model<Net, f64> {
    Model::with(&mut Init::new(7).rule(rule).expect("a good rule"))
}

/// The weights of a layer without its biases, which stay zero.
fn weights(params: &[f64], biases: usize) -> &[f64] {
    let (weights, bias) = params.split_at(params.len() - biases);
    assert!(bias.iter().all(|&b| b == 0.0));
    weights
}

fn moments(weights: &[f64]) -> [f64; 3] {
    let count = weights.len() as f64;
    let mean = weights.iter().sum::<f64>() / count;
    let variance = weights.iter().map(|w| w * w).sum::<f64>() / count;
    [mean, variance, weights.iter().fold(0.0, |m: f64, w| m.max(w.abs()))]
}

#[test]
fn variances_follow_the_fans() {
    // 24 filters of 3·3·4 inputs in two groups: an input goes to 3·3·12 outputs; 1152 inputs of the wide layer
    let glorot = |inputs: f64, outputs: f64| 2.0 / (inputs + outputs);
    let cases = [
        (Initializer::HE, [2.0 / 36.0, 2.0 / 1152.0]),
        (Initializer::LECUN, [1.0 / 36.0, 1.0 / 1152.0]),
        (Initializer::FanIn { gain: 0.5 }, [0.5 / 36.0, 0.5 / 1152.0]),
        (Initializer::Glorot, [glorot(36.0, 108.0), glorot(1152.0, 60.0)]),
        (Initializer::Uniform { bound: 0.3 }, [0.03, 0.03]),
        (Initializer::Normal { deviation: 0.3 }, [0.09, 0.09]),
    ];
    for (rule, expected) in cases {
        let model = drawn(rule);
        let filters = weights(model.layer(Net::filters()).params(), 24);
        let wide = weights(model.layer(Net::wide()).params(), 60);
        assert_eq!((filters.len(), wide.len()), (864, 1152 * 60));
        for (weights, expected) in [filters, wide].into_iter().zip(expected) {
            let [mean, variance, largest] = moments(weights);
            let count = weights.len() as f64;
            // five standard deviations of the sums
            assert!(mean.abs() < 5.0 * (expected / count).sqrt(), "{rule:?}: mean {mean}");
            let error = (variance / expected - 1.0).abs();
            assert!(error < 5.0 * (2.0 / count).sqrt(), "{rule:?}: variance {variance}, expected {expected}");
            let uniform = matches!(rule, Initializer::Glorot | Initializer::Uniform { .. });
            assert_eq!(largest <= (3.0 * expected).sqrt(), uniform, "{rule:?}: largest {largest}");
        }
    }
}

#[test]
fn orthogonal_weights_keep_lengths() {
    let model = drawn(Initializer::Orthogonal { gain: 1.5 });
    let [filters, turned, wide] = [
        (model.layer(Net::filters()).params(), 24, 24),
        (model.layer(Net::turned()).params(), 8, 24),
        (model.layer(Net::wide()).params(), 60, 60),
    ]
    .map(|(params, biases, columns)| {
        let weights = weights(params, biases);
        DMatrix::from_row_slice(weights.len() / columns, columns, weights)
    });
    assert_eq!([filters.shape(), turned.shape(), wide.shape()], [(36, 24), (32, 24), (1152, 60)]);
    // the filters of each group by themselves
    let groups = [0, 12].map(|first| filters.columns(first, 12).into_owned());
    for matrix in groups.into_iter().chain([turned, wide]) {
        let product = matrix.tr_mul(&matrix) / 2.25;
        let error = (product - DMatrix::identity(matrix.ncols(), matrix.ncols())).amax();
        assert!(error < 1e-13, "{error}");
    }
}

#[test]
fn filters_of_single_channels_keep_lengths_too() {
    let rule = Initializer::Orthogonal { gain: 1.5 };
    let model = Model::<Depthwise, f64>::with(&mut Init::new(7).rule(rule).expect("a good rule"));
    // 9 rows of 32 filters, each of which is a matrix of one column
    let filters = DMatrix::from_row_slice(9, 32, model.params());
    for (number, filter) in filters.column_iter().enumerate() {
        assert!((filter.norm() - 1.5).abs() < 1e-13, "filter {number} has length {}", filter.norm());
    }
}

#[test]
fn the_fan_of_a_transposed_convolution_need_not_be_whole() {
    // 9 taps of 3 channels, a quarter of which meets in an output on average
    let (inputs, outputs) = (6.75, 9.0 * 500.0);
    for (rule, expected) in [(Initializer::HE, 2.0 / inputs), (Initializer::Glorot, 2.0 / (inputs + outputs))]
    {
        let model = Model::<Up, f64>::with(&mut Init::new(7).rule(rule).expect("a good rule"));
        let [_, variance, _] = moments(model.params());
        let error = (variance / expected - 1.0).abs();
        let deviation = (2.0 / model.params().len() as f64).sqrt();
        assert!(error < 5.0 * deviation, "{rule:?}: variance {variance}, expected {expected}");
    }
}

#[test]
fn a_matrix_with_more_columns_than_rows_has_orthonormal_rows() {
    let mut weights = [0.0; 3 * 7];
    Init::new(1).rule(Initializer::Orthogonal { gain: 1.0 }).expect("a good rule").weights(&mut weights, 3);
    let matrix = DMatrix::from_row_slice(3, 7, &weights);
    assert!((&matrix * matrix.transpose() - DMatrix::identity(3, 3)).amax() < 1e-14);
}

#[test]
fn a_label_is_drawn_anew_and_the_rest_stays() {
    let mut model = drawn(Initializer::HE);
    let before = model.clone();
    model.initialize(Net::last(), &mut Init::new(3).rule(Initializer::Constant(0.25)).expect("a good rule"));
    assert!(weights(model.layer(Net::last()).params(), 30).iter().all(|&w| w == 0.25));
    let rest = before.params().len() - before.layer(Net::last()).params().len();
    assert_eq!(model.params()[..rest], before.params()[..rest]);
    assert_eq!(model.buffers(), before.buffers());
    // the same seed and rule give the same
    model.initialize(Net::wide(), &mut Init::new(3));
    let once = model.layer(Net::wide()).params().to_vec();
    assert_ne!(once, before.layer(Net::wide()).params());
    model.initialize(Net::wide(), &mut Init::new(3));
    assert_eq!(model.layer(Net::wide()).params(), once);
}

#[test]
fn the_default_is_that_of_rectified_units() {
    assert!(
        Model::<Net>::new(5) == Model::with(&mut Init::new(5).rule(Initializer::HE).expect("a good rule"))
    );
    assert!(Model::<Net>::with(&mut Init::new(5).gain(1.0)) != Model::new(5));
    let zeros = Model::<Net>::with(&mut Init::new(5).rule(Initializer::ZEROS).expect("a good rule"));
    assert!(
        weights(&zeros.layer(Net::wide()).params().iter().map(|w| w.to_f64()).collect::<Vec<_>>(), 60)
            .iter()
            .all(|&w| w == 0.0)
    );
}

#[test]
fn rules_that_draw_nothing_sensible_are_named() {
    let cases = [
        (
            Initializer::FanIn { gain: -1.0 },
            "gain of the starting values: found -1.0, expected a number whose root is a finite f32, at least 0",
        ),
        (
            Initializer::FanIn { gain: 1e80 },
            "gain of the starting values: found 1e80, expected a number whose root is a finite f32, at least 0",
        ),
        (
            Initializer::Uniform { bound: f64::NAN },
            "bound of the starting values: found NaN, expected a finite f32, at least 0",
        ),
        (
            Initializer::Normal { deviation: f64::INFINITY },
            "deviation of the starting values: found inf, expected a finite f32, at least 0",
        ),
        (
            Initializer::Normal { deviation: 1e39 },
            "deviation of the starting values: found 1e39, expected a finite f32, at least 0",
        ),
        (
            Initializer::Orthogonal { gain: -0.5 },
            "gain of the starting values: found -0.5, expected a finite f32, at least 0",
        ),
        (Initializer::Constant(f64::NAN), "starting value: found NaN, expected a finite f32"),
        (Initializer::Constant(-1e39), "starting value: found -1e39, expected a finite f32"),
    ];
    for (rule, expected) in cases {
        let error = Init::new(0).rule(rule).map(drop).map_err(|error| error.to_string());
        assert_eq!(error, Err(expected.to_owned()));
    }
    assert!(Init::new(0).rule(Initializer::Constant(-3.0)).is_ok());
}
