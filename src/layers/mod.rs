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

mod geometry;
pub use geometry::{Checked, Fits, Geometry, Padding, Reflect, Replicate, Window, Zero};

layers! {
    activation: Activation, Elementwise, Relu, ReluFormula, Sigmoid, SigmoidFormula, Tanh, TanhFormula;
    adapt: Adapt;
    conv2d: Conv2d;
    conv_transpose2d: ConvTranspose2d;
    dense: Dense;
    dropout: Dropout;
    flatten: Flatten;
    global_pool: GlobalAvgPool, GlobalMaxPool;
    labeled: Labeled, Labels;
    pool: AvgPool2d, MaxPool2d;
    upsample: Upsample;
}

mod broken;
#[doc(hidden)]
pub use broken::Broken;

#[cfg(test)]
pub(crate) mod checks;
