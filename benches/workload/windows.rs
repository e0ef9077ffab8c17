//! Defines the convolution of W7.

use plywood::Image;
use plywood::layers::{Axis, Conv2d, Zero};

/// An axis of a 3×3 window that keeps its length.
pub(crate) type Three = Axis<3, 1, 1, 1>;

/// W7: 3×3 from `CI` to `CO` channels on images of `SIDE` × `SIDE`, no bias.
pub(crate) type Same<const CI: usize, const CO: usize, const SIDE: usize> =
    Conv2d<Image<SIDE, SIDE, CI>, Image<SIDE, SIDE, CO>, Three, Three, 1, Zero, false>;
