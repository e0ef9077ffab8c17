//! Defines the core: shapes, the layer and the pair, the arguments of a pass, and the declarations of a layer.

pub mod call;
mod delegate;
mod epilogue;
pub(crate) mod frozen;
mod init;
mod inner;
mod layer;
pub(crate) mod message;
pub(crate) mod order;
pub mod outline;
mod pair;
mod part;
mod pass;
#[doc(hidden)]
pub mod proof;
pub(crate) mod receptive_field;
mod shape;
mod space;
pub mod visitor;
mod workspace;

pub use epilogue::Epilogue;
pub use init::{Fan, Init, Initializer};
pub use layer::{Cost, Declared, Fusion, Layer, Memory};
pub(crate) use layer::{Folding, Layout, Performs, copied};
pub use outline::Outline;
pub use part::Part;
pub use pass::{Backward, Forward, Infer, Pass, Running};
pub use receptive_field::ReceptiveField;
pub use shape::{
    Dims, Feeds, Flat, Image, ImageShape, PairShape, Precedes, Repeats, SameShape, Shape, Single,
};
pub use space::Space;
pub(crate) use space::larger;
pub use visitor::Visitor;
pub use workspace::Workspace;
