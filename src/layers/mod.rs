//! The layers, one file each, `forward` beside `backward`.

mod activation;
mod dense;
mod dropout;
mod flatten;
mod labeled;

pub use activation::{
    Activation, Elementwise, Relu, ReluFormula, Sigmoid, SigmoidFormula, Tanh, TanhFormula,
};
pub use dense::Dense;
pub use dropout::Dropout;
pub use flatten::Flatten;
pub use labeled::{Labeled, Labels};
