//! The layers, one file each, `forward` beside `backward`.

/// The list of layers: what each file exports, and (in tests) the cases that it must offer.
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

layers! {
    activation: Activation, Elementwise, Elu, EluFormula, Gelu, GeluFormula, HardSigmoid, HardSigmoidFormula,
        HardSwish, HardSwishFormula, HardTanh, HardTanhFormula, LeakyRelu, LeakyReluFormula, Relu, ReluFormula, Sigmoid,
        SigmoidFormula, Silu, SiluFormula, Softplus, SoftplusFormula, Tanh, TanhFormula;
    batch_norm: BatchNorm;
    checkpoint: Checkpoint;
    concat: Concat;
    dense: Dense;
    dropout: Dropout;
    group_norm: GroupNorm;
    labeled: Labeled, Labels;
    layer_norm: LayerNorm;
    repeat: Repeat;
    reshape: Flatten, Identity, Reshape;
    residual: Residual;
    scale: Scale;
    select: Select, Table;
    spatial_dropout: SpatialDropout;
}

#[cfg(test)]
pub(crate) mod checks;
#[cfg(test)]
mod golden;
