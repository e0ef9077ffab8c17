//! Forward and backward of every layer against values that `PyTorch` computed (`tests/golden/generate.py`).

use std::collections::BTreeMap;

use plywood::layer::{Backward, Forward, Pass, call};
use plywood::layers::*;
use plywood::{Declared, Flat, Image, Layer, Model, Predictor, Scalar, Shape};

type Fields = BTreeMap<&'static str, Vec<f64>>;

/// The cases of layers.txt by name.
fn golden() -> BTreeMap<&'static str, Fields> {
    let mut cases = BTreeMap::new();
    let mut current = None;
    for line in include_str!("golden/layers.txt").lines() {
        let (field, rest) = line.split_once(' ').unwrap_or((line, ""));
        if field == "case" {
            current = Some(rest);
            assert!(cases.insert(rest, Fields::new()).is_none(), "{rest} stands twice");
        } else {
            let name = current.expect("a case before its fields");
            let numbers = rest.split_whitespace().map(|n| n.parse().expect("a number")).collect();
            cases.get_mut(name).expect("the current case").insert(field, numbers);
        }
    }
    cases
}

/// Compares one training step and one evaluation of `L` with the values of a case.
fn compare<L: Layer, T: Scalar>(name: &str, case: &Fields, tolerance: f64) {
    let field = |name: &str| -> Vec<T> { case[name].iter().map(|&x| T::of(x)).collect() };
    let close = |what: &str, found: &[T], expected: &[f64]| {
        assert_eq!(found.len(), expected.len(), "{name} {}: {what}", T::NAME);
        // relative to the largest number, and to 1 where all are small
        let scale = expected.iter().fold(1.0_f64, |m, x| m.max(x.abs()));
        for (i, (found, expected)) in found.iter().zip(expected).enumerate() {
            let error = (found.to_f64() - expected).abs() / scale;
            assert!(error <= tolerance, "{name} {}: {what}[{i}] is {found}, expected {expected}", T::NAME);
        }
    };
    let (x, mut dy) = (field("x"), field("dy"));
    let batch = x.len() / L::In::LEN;
    let pass = Pass::new(batch, 0);
    let mut model = Model::<L, T>::new(0);
    assert_eq!(model.params().len(), case["params"].len(), "{name}: parameters");
    model.params_mut().copy_from_slice(&field("params"));
    model.buffers_mut().copy_from_slice(&field("buffers"));

    let mut buffers = field("buffers");
    let mut y = vec![T::of(f64::NAN); batch * L::Out::LEN];
    let mut dx = vec![T::of(f64::NAN); x.len()];
    let mut grads = vec![T::ZERO; L::PARAMS];
    let mut tape = vec![T::of(f64::NAN); L::TAPE.len(batch)];
    let mut scratch = vec![T::of(f64::NAN); L::SCRATCH.len(batch)];
    call::forward::<L, T>(
        pass,
        Forward::new(model.params(), &mut buffers, &x, &mut y, [&mut tape, &mut scratch]),
    );
    close("y", &y, &case["y"]);
    call::backward::<L, T>(
        pass,
        Backward::new(
            model.params(),
            &mut buffers,
            [&x, &y],
            &mut dy,
            Some(&mut dx),
            &mut grads,
            [&mut tape, &mut scratch],
        ),
    );
    close("dx", &dx, &case["dx"]);
    close("grads", &grads, &case["grads"]);
    close("buffers", &buffers, &case["buffers_after"]);

    model.buffers_mut().copy_from_slice(&field("buffers_after"));
    y.fill(T::of(f64::NAN));
    Predictor::new(&model).infer_into(&x, &mut y);
    close("y in evaluation", &y, &case["y_eval"]);
}

macro_rules! golden {
    ($($name:ident: $layer:ty;)+) => {
        const TYPED: &[&str] = &[$(stringify!($name)),+];

        $(#[test]
        fn $name() {
            let cases = golden();
            let case = &cases[stringify!($name)];
            compare::<$layer, f64>(stringify!($name), case, 1e-10);
            compare::<$layer, f32>(stringify!($name), case, 1e-5);
        })+
    };
}

#[test]
fn every_recorded_case_is_compared() {
    let mut typed = TYPED.to_vec();
    typed.sort_unstable();
    assert_eq!(golden().keys().copied().collect::<Vec<_>>(), typed);
}

type W<const K: usize, const STRIDE: usize = 1, const BEFORE: usize = 0, const AFTER: usize = 0> =
    Axis<K, STRIDE, BEFORE, AFTER>;
type Same3 = Axis<3, 1, 1, 1>;
type Half3 = Axis<3, 2, 1, 1>;
type Spread3 = Axis<3, 1, 2, 2, 2>;
type HalfSpread3 = Axis<3, 2, 2, 2, 2>;
type Grow3 = Axis<3, 1, 1, 1, 2>;

type Conv<I, O, R, C> = Conv2d<I, O, R, C, 1, Zero, false>;
type NormalizedConv<I, O, R, C, S> = (Conv<I, O, R, C>, BatchNorm<S>);
type Body = (
    (NormalizedConv<Image<6, 5, 3>, Image<3, 3, 4>, Half3, Half3, Image<3, 3, 4>>, Relu<Image<3, 3, 4>>),
    NormalizedConv<Image<3, 3, 4>, Image<3, 3, 4>, Same3, Same3, Image<3, 3, 4>>,
);
type Shortcut = NormalizedConv<Image<6, 5, 3>, Image<3, 3, 4>, W<1, 2>, W<1, 2>, Image<3, 3, 4>>;

type ConvRelu<I, O> = (Conv2d<I, O, Same3, Same3>, Relu<O>);
type Small = Image<3, 3, 2>;
type ConvNormRelu = (NormalizedConv<Small, Small, Same3, Same3, Small>, Relu<Small>);

struct Chosen;
impl Table for Chosen {
    const INPUTS: &'static [usize] = &[3, 0, 0, 2, 3];
}
struct Pairs;
impl Table for Pairs {
    const INPUTS: &'static [usize] = &[0, 1, 1, 2];
}

golden! {
    dense: Dense<5, 7>;
    dense_no_bias: Dense<4, 19, false>;

    conv_valid: Conv2d<Image<5, 6, 3>, Image<3, 4, 4>, W<3>, W<3>>;
    conv_same: Conv2d<Image<5, 4, 2>, Image<5, 4, 5>, Same3, Same3>;
    conv_same_even: Conv2d<Image<5, 4, 2>, Image<5, 4, 3>, W<2, 1, 0, 1>, W<4, 1, 1, 2>>;
    conv_1x1: Conv2d<Image<3, 4, 5>, Image<3, 4, 18>, W<1>, W<1>>;
    conv_5x5_pad2: Conv2d<Image<6, 7, 1>, Image<6, 7, 6>, W<5, 1, 2, 2>, W<5, 1, 2, 2>>;
    conv_stride2: Conv2d<Image<7, 6, 3>, Image<4, 3, 4>, Half3, Half3>;
    conv_stride2_1x1: Conv2d<Image<6, 5, 3>, Image<3, 3, 4>, W<1, 2>, W<1, 2>>;
    conv_stride_uneven: Conv2d<Image<7, 8, 2>, Image<4, 3, 3>, Half3, W<2, 3>>;
    conv_dilation: Conv2d<Image<7, 8, 2>, Image<7, 8, 3>, Spread3, Spread3>;
    conv_dilation_stride: Conv2d<Image<8, 9, 2>, Image<4, 4, 3>, HalfSpread3, Axis<2, 2, 1, 1, 3>>;
    conv_groups: Conv2d<Image<5, 5, 4>, Image<5, 5, 6>, Same3, Same3, 2>;
    conv_depthwise: Conv2d<Image<5, 4, 5>, Image<5, 4, 5>, Same3, Same3, 5>;
    conv_depthwise_multiplier: Conv2d<Image<5, 4, 3>, Image<3, 2, 6>, Half3, Half3, 3>;
    conv_no_bias: Conv2d<Image<4, 4, 2>, Image<2, 2, 3>, W<3>, W<3>, 1, Zero, false>;
    conv_reflect: Conv2d<Image<5, 6, 2>, Image<7, 8, 3>, W<3, 1, 2, 2>, W<3, 1, 2, 2>, 1, Reflect>;
    conv_replicate: Conv2d<Image<4, 5, 2>, Image<4, 7, 3>, Same3, W<3, 1, 2, 2>, 1, Replicate>;
    conv_kernel_over_image: Conv2d<Image<2, 2, 2>, Image<2, 2, 3>, W<5, 1, 2, 2>, W<5, 1, 2, 2>>;

    conv_depthwise_wide: Conv2d<Image<4, 3, 18>, Image<4, 3, 18>, Same3, Same3, 18>;
    conv_depthwise_dilation: Conv2d<Image<5, 4, 5>, Image<5, 4, 5>, Spread3, Spread3, 5>;
    conv_depthwise_dilation_stride: Conv2d<Image<6, 7, 3>, Image<3, 4, 6>, HalfSpread3, HalfSpread3, 3>;
    conv_groups_dilation_stride: Conv2d<Image<6, 7, 4>, Image<3, 3, 6>, HalfSpread3, Axis<2, 2, 1, 1, 3>, 2>;
    conv_reflect_stride2: Conv2d<Image<7, 6, 2>, Image<4, 3, 3>, Half3, Half3, 1, Reflect>;
    conv_reflect_dilation: Conv2d<Image<5, 4, 2>, Image<5, 4, 3>, Spread3, Spread3, 1, Reflect>;
    conv_reflect_groups: Conv2d<Image<4, 5, 4>, Image<5, 7, 6>, W<2, 1, 1, 1>, W<3, 1, 2, 2>, 2, Reflect>;
    conv_replicate_stride2: Conv2d<Image<5, 4, 2>, Image<4, 2, 3>, W<3, 2, 2, 2>, Half3, 1, Replicate>;
    conv_replicate_dilation: Conv2d<Image<5, 4, 2>, Image<5, 4, 3>, Spread3, Spread3, 1, Replicate>;
    conv_replicate_depthwise: Conv2d<Image<4, 3, 3>, Image<4, 3, 3>, Same3, Same3, 3, Replicate>;
    conv_replicate_over_image: Conv2d<Image<2, 2, 2>, Image<6, 6, 3>, W<3, 1, 3, 3>, W<3, 1, 3, 3>, 1, Replicate>;

    conv_transpose: ConvTranspose2d<Image<4, 3, 3>, Image<6, 5, 2>, W<3>, W<3>>;
    conv_transpose_stride2: ConvTranspose2d<Image<3, 4, 2>, Image<6, 8, 5>, W<2, 2>, W<2, 2>>;
    conv_transpose_output_padding: ConvTranspose2d<Image<3, 4, 2>, Image<6, 8, 3>, Half3, Half3>;
    conv_transpose_no_bias: ConvTranspose2d<Image<3, 3, 2>, Image<3, 3, 3>, Same3, Same3, false>;
    conv_transpose_uneven: ConvTranspose2d<Image<3, 2, 2>, Image<5, 5, 3>, Half3, W<2, 3>>;
    conv_transpose_dilation: ConvTranspose2d<Image<3, 4, 2>, Image<5, 6, 3>, Grow3, Grow3>;
    conv_transpose_dilation_stride:
        ConvTranspose2d<Image<3, 3, 2>, Image<9, 7, 3>, Axis<2, 2, 0, 0, 3>, Axis<3, 1, 0, 0, 2>>;

    max_pool: MaxPool2d<Image<4, 6, 3>, Image<2, 3, 3>, W<2, 2>, W<2, 2>>;
    max_pool_drops_pixels: MaxPool2d<Image<5, 7, 3>, Image<2, 3, 3>, W<2, 2>, W<2, 2>>;
    max_pool_overlap: MaxPool2d<Image<6, 7, 2>, Image<3, 4, 2>, Half3, Half3>;
    max_pool_ceil: MaxPool2d<Image<5, 7, 3>, Image<3, 4, 3>, W<2, 2, 0, 1>, W<2, 2, 0, 1>>;
    max_pool_uneven: MaxPool2d<Image<5, 4, 2>, Image<3, 3, 2>, Half3, W<2>>;
    max_pool_dilation: MaxPool2d<Image<7, 6, 2>, Image<5, 2, 2>, Axis<3, 1, 1, 1, 2>, Axis<2, 2, 0, 0, 3>>;
    max_pool_ceil_overlap: MaxPool2d<Image<6, 8, 2>, Image<3, 4, 2>, W<3, 2, 0, 1>, W<3, 2, 0, 1>>;
    max_pool_ceil_pad: MaxPool2d<Image<6, 5, 2>, Image<4, 3, 2>, W<3, 2, 1, 2>, W<3, 2, 1, 1>>;
    avg_pool: AvgPool2d<Image<4, 6, 3>, Image<2, 3, 3>, W<2, 2>, W<2, 2>>;
    avg_pool_overlap: AvgPool2d<Image<6, 7, 2>, Image<3, 4, 2>, Half3, Half3>;
    avg_pool_uneven: AvgPool2d<Image<5, 4, 2>, Image<3, 3, 2>, Half3, W<2>>;
    avg_pool_ceil_replicate: AvgPool2d<Image<5, 7, 3>, Image<3, 4, 3>, W<2, 2, 0, 1>, W<2, 2, 0, 1>, Replicate>;
    avg_pool_ceil_overlap_replicate: AvgPool2d<Image<6, 6, 2>, Image<3, 4, 2>, W<3, 2, 0, 1>, W<3, 2, 1, 2>, Replicate>;
    avg_pool_overlap_reflect: AvgPool2d<Image<6, 7, 2>, Image<3, 4, 2>, Half3, Half3, Reflect>;
    global_avg_pool: GlobalAvgPool<Image<4, 5, 3>>;
    global_max_pool: GlobalMaxPool<Image<4, 5, 3>>;
    upsample: Upsample<Image<2, 3, 3>, Image<4, 6, 3>, 2>;
    upsample_3: Upsample<Image<1, 2, 2>, Image<3, 6, 2>, 3>;

    batch_norm_image: BatchNorm<Image<3, 2, 3>>;
    batch_norm_flat: BatchNorm<Flat<5>, 1_000_000_000, 250_000>;
    batch_norm_image_options: BatchNorm<Image<2, 3, 3>, 1_000_000_000, 250_000>;
    layer_norm_flat: LayerNorm<Flat<6>>;
    layer_norm_image: LayerNorm<Image<3, 4, 2>>;
    layer_norm_eps: LayerNorm<Flat<6>, 1_000_000_000>;
    group_norm: GroupNorm<Image<3, 2, 6>, 2>;
    group_norm_eps: GroupNorm<Image<2, 2, 6>, 3, 1_000_000_000>;
    group_norm_flat: GroupNorm<Flat<8>, 2>;
    instance_norm: GroupNorm<Image<2, 3, 3>, 3>;
    l2_normalize_flat: L2Normalize<Flat<6>>;
    l2_normalize_image: L2Normalize<Image<2, 4, 3>>;
    l2_normalize_eps: L2Normalize<Flat<3>, 1_500_000_000_000>;

    dropout: Dropout<Flat<6>, 0>;
    spatial_dropout: SpatialDropout<Image<2, 3, 2>, 0>;

    relu: Relu<Flat<10>>;
    leaky_relu: LeakyRelu<Flat<10>, 10_000>;
    leaky_relu_slope: LeakyRelu<Flat<10>, 200_000>;
    elu: Elu<Flat<10>, 1_000_000>;
    elu_alpha: Elu<Flat<10>, 500_000>;
    gelu: Gelu<Flat<10>>;
    silu: Silu<Flat<10>>;
    softplus: Softplus<Flat<10>>;
    sigmoid: Sigmoid<Flat<10>>;
    tanh: Tanh<Flat<10>>;
    hard_sigmoid: HardSigmoid<Flat<10>>;
    hard_swish: HardSwish<Flat<10>>;
    hard_tanh: HardTanh<Flat<10>>;

    identity: Identity<Image<2, 3, 2>>;
    flatten: (Flatten<Image<2, 3, 2>, 12>, Dense<12, 4>);
    reshape: (Reshape<Image<2, 3, 4>, Image<4, 3, 2>>, Conv2d<Image<4, 3, 2>, Image<3, 2, 3>, W<2>, W<2>>);
    unflatten: ((Dense<5, 12>, Reshape<Flat<12>, Image<3, 2, 2>>), Conv2d<Image<3, 2, 2>, Image<2, 1, 3>, W<2>, W<2>>);

    scale: Scale<Image<2, 3, 2>>;
    select: Select<Image<2, 3, 4>, Image<2, 3, 5>, Chosen>;
    select_flat: Select<Flat<4>, Flat<5>, Chosen>;
    select_conv_groups: (
        Select<Image<3, 3, 3>, Image<3, 3, 4>, Pairs>,
        Conv2d<Image<3, 3, 4>, Image<2, 2, 2>, W<2>, W<2>, 2>,
    );

    residual_block_norm: (Residual<Body, Shortcut>, Relu<Image<3, 3, 4>>);
    residual_identity: Residual<ConvRelu<Image<3, 4, 2>, Image<3, 4, 2>>>;
    residual_identity_flat: Residual<((Dense<4, 5>, Tanh<Flat<5>>), Dense<5, 4>)>;
    concat: Concat<
        ConvRelu<Image<3, 4, 2>, Image<3, 4, 3>>,
        Conv2d<Image<3, 4, 2>, Image<3, 4, 2>, W<1>, W<1>>,
        Image<3, 4, 5>,
    >;
    concat_3_branches: Concat<
        Identity<Image<3, 4, 2>>,
        Concat<
            ConvRelu<Image<3, 4, 2>, Image<3, 4, 3>>,
            MaxPool2d<Image<3, 4, 2>, Image<3, 4, 2>, Same3, Same3>,
            Image<3, 4, 5>,
        >,
        Image<3, 4, 7>,
    >;
    concat_flat: Concat<(Dense<4, 3>, Sigmoid<Flat<3>>), Dense<4, 2>, Flat<5>>;
    repeat: Repeat<3, (Dense<4, 4>, Tanh<Flat<4>>)>;
    repeat_norm: Repeat<2, ConvNormRelu>;
    checkpoint_norm: Checkpoint<ConvNormRelu>;
    repeat_checkpoint_norm: Repeat<2, Checkpoint<Residual<ConvNormRelu>>>;
}
