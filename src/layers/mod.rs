//! Provides the layers, one file each, with `forward` beside `backward`.

/// Lists the layers: the exports of each file and (in tests) the cases that it must offer.
///
/// The tests of [`checks`] iterate this list, so that a layer without gradient checks does not build.
macro_rules! layers {
    ($($file:ident: $($name:ident),+;)+) => {
        $(mod $file; pub use $file::{$($name),+};)+

        #[cfg(test)]
        fn all_cases() -> Vec<(&'static str, Vec<checks::Case>)> {
            vec![$((stringify!($file), $file::cases())),+]
        }
    };
}

mod geometry;
pub use geometry::{Axis, CausalAxis, Fits, Geometry, LargeAxis, Padding, Reflect, Replicate, Zero};
#[doc(hidden)]
pub use geometry::{DoesNotGive, OverASideOf};

layers! {
    activation: Activation, Elementwise, Elu, EluFormula, Gelu, GeluFormula, HardSigmoid, HardSigmoidFormula,
        HardSwish, HardSwishFormula, HardTanh, HardTanhFormula, LeakyRelu, LeakyReluFormula, Relu, ReluFormula, Sigmoid,
        SigmoidFormula, Silu, SiluFormula, Softplus, SoftplusFormula, Tanh, TanhFormula;
    adapt: Adapt, Gives, NamedLayer;
    batch_norm: BatchNorm;
    checkpoint: Checkpoint;
    concat: Concat;
    conv2d: Conv2d;
    conv_transpose2d: ConvTranspose2d;
    dense: Dense;
    dropout: Dropout;
    global_pool: GlobalAvgPool, GlobalMaxPool;
    group_norm: GroupNorm;
    heads: Heads;
    join: Join;
    l2_normalize: L2Normalize;
    labeled: Labeled, Labels;
    layer_norm: LayerNorm;
    merge: Add, AddFormula, Difference, DifferenceFormula, Merge, MergeFormula, Multiply, MultiplyFormula;
    pairwise: Pairwise;
    pool: AvgPool2d, MaxPool2d;
    repeat: Repeat;
    reshape: Flatten, Identity, Reshape;
    residual: Residual;
    scale: Scale;
    select: Select, Table;
    shared: Shared;
    spatial_dropout: SpatialDropout;
    upsample: Upsample;
}

mod epsilon;

mod broken;
#[doc(hidden)]
pub use broken::Broken;

mod size_or_pair;
#[doc(hidden)]
pub use size_or_pair::SizeOrPair;

#[cfg(test)]
pub(crate) mod checks;
