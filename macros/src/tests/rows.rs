//! Tests that the rows of the keyword table, and the macro's arithmetic, agree with the library's layers.

use std::any::{TypeId, type_name};

use plywood::layers::{self, Axis, Conv2d, ConvTranspose2d, MaxPool2d};
use plywood::{Declared, Flat, Image, Layer, Model, Network, Shape, proof};

use crate::analyze::rules::window::{
    fitting_kernel, rounded_up, same_after, same_before, transposed_output, window_output,
};
use crate::analyze::{self, typed};
use crate::keyword::{self, KEYWORDS};
use crate::parse;
use crate::report::Errors;

/// The properties of a layer of the library, from its own constants.
struct Row {
    /// The keyword that users write.
    keyword: &'static str,
    /// The layer's own name.
    name: &'static str,
    /// The type of the keyword without its options, and the type of the layer without its optional parameters.
    types: [(TypeId, &'static str); 2],
    in_place: bool,
    folding: keyword::Folding,
    passes: bool,
    operations: usize,
    /// The source of the network.
    source: &'static str,
}

impl Row {
    fn of<N: Network, W: Layer, L: Layer>(keyword: &'static str, source: &'static str) -> Self {
        Self {
            keyword,
            name: L::NAME,
            types: [
                (TypeId::of::<N::Layers>(), type_name::<N::Layers>()),
                (TypeId::of::<W>(), type_name::<W>()),
            ],
            in_place: !L::MEMORY.is_out_of_place() && L::PARAMS == 0,
            // what a layer says already changes nothing when it is said again
            folding: match L::FUSION {
                fusion if fusion == fusion.absorbs() => keyword::Folding::Absorbs,
                fusion if fusion == fusion.folds() => keyword::Folding::Affine,
                _ => keyword::Folding::Nothing,
            },
            passes: passes::<L>(),
            operations: L::FLOPS,
            source,
        }
    }
}

/// Returns true if each output number of a layer is an input number times a factor that depends only on the sign.
fn passes<L: Layer>() -> bool {
    let mut model = Model::<L, f64>::new(1);
    for (index, parameter) in (1_u32..).zip(model.params_mut()) {
        *parameter = f64::from(index).sin() + 2.0;
    }
    let infer = |x: &[f64]| {
        let mut given = L::In::zeros::<f64>();
        L::In::as_mut_slice(&mut given).copy_from_slice(x);
        L::Out::as_slice(&model.infer(&given)).to_vec()
    };
    let x: Vec<f64> = (0..L::In::LEN).map(|index| (index as f64 + 0.3).sin() * 4.0).collect();
    let y = infer(&x);
    let twice = infer(&x.iter().map(|x| 2.0 * x).collect::<Vec<_>>());
    let scales = y.iter().zip(&twice).all(|(y, twice)| (2.0 * y - twice).abs() < 1e-9);
    // a number that is far larger than the others changes only its own output
    let mut changed = vec![0; y.len()];
    for index in 0..x.len() {
        let mut other = x.clone();
        other[index] = 100.0 * x[index].signum();
        for (changed, (y, other)) in changed.iter_mut().zip(y.iter().zip(infer(&other))) {
            *changed += usize::from((y - other).abs() > 1e-9);
        }
    }
    scales && changed.iter().all(|changed| *changed <= 1)
}

/// Returns the number of multiplications that the macro counts in a network.
fn work(source: &str) -> u128 {
    let mut errors = Errors::default();
    let networks = parse::networks(source.parse().unwrap(), &mut errors);
    let [network] = &networks[..] else { panic!("`{source}` is one network") };
    let layers = analyze::network(network, &mut errors).layers;
    assert_eq!(errors.len(), 0, "{source}");
    typed::work(&layers)
}

const TABLE: [usize; 3] = [1, 0, 1];

macro_rules! rows {
    (@ $layer:ty) => { $layer };
    (@ $layer:ty, $part:ty) => { $part };
    ($($keyword:ident: { $($network:tt)* } $layer:ty $(, of which $part:ty)?;)+) => {
        $(
            mod $keyword {
                use super::*;
                plywood::network! { pub(super) Net: $($network)* }
                pub(super) type Written = $layer;
                pub(super) type Examined = rows!(@ $layer $(, $part)?);
            }
        )+

        fn rows() -> Vec<Row> {
            vec![$(Row::of::<$keyword::Net, $keyword::Written, $keyword::Examined>(
                stringify!($keyword),
                stringify!(Net: $($network)*),
            )),+]
        }
    };
}

type Rgb = Image<4, 6, 2>;

rows! {
    dense: { Flat<4> => Flat<3> { dense(3) } } layers::Dense<4, 3>;
    conv: { Image<4, 6, 2> => Image<2, 4, 3> { conv(3, kernel = 3) } }
        Conv2d<Rgb, Image<2, 4, 3>, Axis<3, 1, 0, 0, 1>, Axis<3, 1, 0, 0, 1>>;
    conv_transpose: { Image<4, 6, 2> => Image<6, 8, 3> { conv_transpose(3, kernel = 3) } }
        ConvTranspose2d<Rgb, Image<6, 8, 3>, Axis<3, 1, 0, 0, 1>, Axis<3, 1, 0, 0, 1>>;
    max_pool: { Image<4, 6, 2> => Image<2, 3, 2> { max_pool(2) } }
        MaxPool2d<Rgb, Image<2, 3, 2>, Axis<2, 2, 0, 0, 1>, Axis<2, 2, 0, 0, 1>>;
    avg_pool: { Image<4, 6, 2> => Image<2, 3, 2> { avg_pool(2) } }
        layers::AvgPool2d<Rgb, Image<2, 3, 2>, Axis<2, 2, 0, 0, 1>, Axis<2, 2, 0, 0, 1>>;
    global_max_pool: { Image<4, 6, 2> => Flat<2> { global_max_pool } } layers::GlobalMaxPool<Rgb>;
    global_avg_pool: { Image<4, 6, 2> => Flat<2> { global_avg_pool } } layers::GlobalAvgPool<Rgb>;
    upsample: { Image<4, 6, 2> => Image<8, 12, 2> { upsample(2) } } layers::Upsample<Rgb, Image<8, 12, 2>, 2>;
    batch_norm: { Flat<6> => Flat<6> { batch_norm } } layers::BatchNorm<Flat<6>>;
    layer_norm: { Flat<6> => Flat<6> { layer_norm } } layers::LayerNorm<Flat<6>>;
    group_norm: { Flat<6> => Flat<6> { group_norm(2) } } layers::GroupNorm<Flat<6>, 2>;
    l2_normalize: { Flat<6> => Flat<6> { l2_normalize } } layers::L2Normalize<Flat<6>>;
    relu: { Flat<6> => Flat<6> { relu } } layers::Relu<Flat<6>>;
    leaky_relu: { Flat<6> => Flat<6> { leaky_relu } } layers::LeakyRelu<Flat<6>>;
    elu: { Flat<6> => Flat<6> { elu } } layers::Elu<Flat<6>>;
    gelu: { Flat<6> => Flat<6> { gelu } } layers::Gelu<Flat<6>>;
    silu: { Flat<6> => Flat<6> { silu } } layers::Silu<Flat<6>>;
    softplus: { Flat<6> => Flat<6> { softplus } } layers::Softplus<Flat<6>>;
    sigmoid: { Flat<6> => Flat<6> { sigmoid } } layers::Sigmoid<Flat<6>>;
    tanh: { Flat<6> => Flat<6> { tanh } } layers::Tanh<Flat<6>>;
    hard_sigmoid: { Flat<6> => Flat<6> { hard_sigmoid } } layers::HardSigmoid<Flat<6>>;
    hard_swish: { Flat<6> => Flat<6> { hard_swish } } layers::HardSwish<Flat<6>>;
    hard_tanh: { Flat<6> => Flat<6> { hard_tanh } } layers::HardTanh<Flat<6>>;
    scale: { Flat<6> => Flat<6> { scale } } layers::Scale<Flat<6>>;
    identity: { Flat<6> => Flat<6> { identity } } layers::Identity<Flat<6>>;
    flatten: { Image<4, 6, 2> => Flat<48> { flatten } } layers::Flatten<Rgb, 48>;
    reshape: { Flat<48> => Image<4, 6, 2> { reshape(4, 6, 2) } } layers::Reshape<Flat<48>, Rgb>;
    dropout: { Flat<6> => Flat<6> { dropout(0.5), gelu } }
        (layers::Dropout<Flat<6>, 500_000>, layers::Gelu<Flat<6>>), of which layers::Dropout<Flat<6>, 500_000>;
    spatial_dropout: { Image<4, 6, 2> => Flat<2> { spatial_dropout(0.5), global_max_pool } }
        (layers::SpatialDropout<Rgb, 500_000>, layers::GlobalMaxPool<Rgb>), of which layers::SpatialDropout<Rgb, 500_000>;
    join: { (Flat<2>, Flat<4>) => Flat<6> { join } } layers::Join<Flat<2>, Flat<4>, Flat<6>>;
    add: { (Flat<6>, Flat<6>) => Flat<6> { add } } layers::Add<Flat<6>>;
    difference: { (Flat<6>, Flat<6>) => Flat<6> { difference } } layers::Difference<Flat<6>>;
    multiply: { (Flat<6>, Flat<6>) => Flat<6> { multiply } } layers::Multiply<Flat<6>>;
    select: { Flat<2> => Flat<3> { select(TABLE) } } <Net as Network>::Layers;
}

#[test]
fn every_row_says_what_its_layer_says() {
    let rows = rows();
    for keyword in KEYWORDS {
        let name = keyword.name;
        let found: Vec<&Row> = rows.iter().filter(|row| row.keyword == name).collect();
        let [row] = found[..] else {
            panic!("`{name}` is compared with {} layers, not with one", found.len())
        };
        assert_eq!(row.name, name, "its name");
        let [(keyword_type, written), (layer_type, expected)] = row.types;
        assert!(keyword_type == layer_type, "`{name}` is written {written}, the layer's defaults {expected}");
        assert_eq!(keyword.in_place, row.in_place, "`{name}`: whether it works in place, without parameters");
        assert!(keyword.folding == row.folding, "`{name}`: what it does to a batch norm next to it");
        // a dropout passes numbers on in evaluation, and is the layer that the others are compared with
        let passes = row.passes && !name.contains("dropout");
        assert_eq!(keyword.passes, passes, "`{name}`: whether it only passes numbers on");
        let work = work(row.source);
        assert_eq!(work > 0, keyword.folding == keyword::Folding::Absorbs, "`{name}`: whether it multiplies");
        assert!(work == 0 || 2 * work == row.operations as u128, "`{name}`: {work} multiplications");
    }
    assert_eq!(rows.len(), KEYWORDS.len(), "a layer is compared that has no keyword");
}

#[test]
fn windows_are_as_large_for_the_macro_as_for_the_library() {
    let [sides, kernels, strides, dilations, paddings] = [1..12_u64, 1..6, 1..4, 1..3, 0..3];
    for n in sides {
        for k in kernels.clone() {
            for s in strides.clone() {
                for p in paddings.clone() {
                    for d in dilations.clone() {
                        let [wn, wk, ws, wd, wp] = [n, k, s, d, p].map(|size| usize::try_from(size).unwrap());
                        for (name, here, there) in [
                            ("same_before", same_before(&[n, k, s, d]), proof::same_before(wn, wk, ws, wd)),
                            ("same_after", same_after(&[n, k, s, d]), proof::same_after(wn, wk, ws, wd)),
                            (
                                "rounded_up",
                                rounded_up(&[n, k, s, d, p, p]),
                                proof::rounded_up(wn, wk, ws, wd, wp, wp),
                            ),
                            (
                                "fitting_kernel",
                                fitting_kernel(&[n, k, d, p, p]),
                                proof::fitting_kernel(wn, wk, wd, wp, wp),
                            ),
                            (
                                "transposed",
                                transposed_output(&[n, k, s, p]),
                                proof::transposed_output(wn, wk, ws, wp),
                            ),
                        ] {
                            assert_eq!(
                                here, there as u64,
                                "{name}: side {n}, kernel {k}, stride {s}, dilation {d}, {p}"
                            );
                        }
                        // for a kernel that does not fit, the macro never computes the output
                        if fitting_kernel(&[n, k, d, p, p]) == k {
                            let here = window_output(&[n, k, s, d, p, p]);
                            assert_eq!(
                                here,
                                proof::window_output(wn, wk, ws, wd, wp, wp) as u64,
                                "{n} {k} {s} {d} {p}"
                            );
                        }
                    }
                }
            }
        }
    }
}
