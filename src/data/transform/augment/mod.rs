//! Provides augmentation: random changes of examples, drawn anew each time training sees one, that keep their content.
//!
//! Each augmentation is a [`Transform`](crate::data::Transform). Chained by type, they form a pipeline from the shape
//! of a data set to the input of a network; [`Transformed`](crate::data::Transformed) reads data through it. Evaluation
//! sees the deterministic part of a pipeline: the middle of an image, neither rotated nor flipped.
//! | | in training | in evaluation |
//! |---|---|---|
//! | [`Crop`] | a window anywhere | the middle window |
//! | [`Shift`] | moved by some pixels, the rest filled | unchanged |
//! | [`RescaleCrop`] | a window of any size and aspect ratio, rescaled | the largest window in the middle, rescaled |
//! | [`Pad`] | put in the middle of a larger image | the same |
//! | [`Rotate`] | rotated by a small angle, then the largest crop or one of the same size | rotated by 0 |
//! | [`Flip`] | mirrored left to right, or not | unchanged |
//! | [`Brightness`], [`Contrast`], [`Saturation`] | scaled by a factor | unchanged |
//! | [`Cutout`] | a square filled with a number | unchanged |
//! | [`Noise`] | a normal number added to each | unchanged |
//! | [`Mixup`] | mixed with another example, the targets too | unchanged |
//!
//! [`Transformed`](crate::data::Transformed) leaves targets as they are. [`WithTargets`] moves maps of classes and boxes
//! together with their image.
//!
//! The random numbers depend only on the trainer's seed, the epoch and the example, so they are the same on any number
//! of threads.

mod bilinear;
mod color;
pub(crate) mod crop;
mod cutout;
pub(crate) mod flip;
mod mixup;
mod noise;
mod pad;
mod rescale;
mod rotate;
mod shift;
mod spatial;

pub use color::{Brightness, Contrast, Saturation};
pub use crop::Crop;
pub use cutout::Cutout;
pub use flip::Flip;
pub use mixup::{MixedCrossEntropy, Mixture, Mixup};
pub use noise::Noise;
pub use pad::Pad;
pub use rescale::RescaleCrop;
pub use rotate::Rotate;
pub use shift::Shift;
pub use spatial::{Corners, FollowsImage, Spatial, WithTargets};
