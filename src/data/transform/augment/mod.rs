//! Augmentation: changing examples by chance, each time training sees one, in ways that keep what they show.
//!
//! Each is a [`Transform`](crate::data::Transform). Chained by type, they make a pipeline from what a data set holds to
//! what a network takes; [`Transformed`](crate::data::Transformed) reads data through it. Evaluation sees what a
//! pipeline does without chance: the middle of an image, neither turned nor flipped.
//!
//! | | in training | in evaluation |
//! |---|---|---|
//! | [`Crop`] | a window anywhere | the middle window |
//! | [`Shift`] | moved by some pixels, the rest filled up | as it is |
//! | [`RescaleCrop`] | a window of any size and aspect, rescaled | the largest window in the middle, rescaled |
//! | [`Pad`] | in the middle of a larger image | the same |
//! | [`Rotate`] | turned by a small angle, the largest crop of that or one of the same size | turned by 0 |
//! | [`Flip`] | mirrored left to right, or not | as it is |
//! | [`Brightness`], [`Contrast`], [`Saturation`] | scaled by a factor | as it is |
//! | [`Cutout`] | a square filled with a number | as it is |
//! | [`Noise`] | a normal number added to each | as it is |
//! | [`Mixup`] | mixed with another example, the targets too | as it is |
//!
//! What is drawn is a function of the trainer's seed, the epoch and the example, so it is the same on any number of
//! threads.

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
