//! Pooling over whole images, and its opposite.

use quote::quote;

use super::image::{Pixels, image};
use super::{Misfit, Step};
use crate::arguments::Arguments;
use crate::shape::Shape;
use crate::size::{Size, Unwritable};

/// One number for each channel.
pub(super) fn global(input: &Shape, arguments: &mut Arguments) -> Step {
    let step = Pixels::of(input, arguments).and_then(|pixels| {
        let Some(pixels) = pixels else { return Ok(Step::lost()) };
        let [_, _, channels] = &pixels.sides;
        pixels.step(Shape::Flat(channels.clone()), Some(pixels.ty()), Vec::new())
    });
    step.unwrap_or_else(|misfit| Step::misfit(misfit, Shape::Unknown))
}

/// Sides that are so many times as long.
pub(super) fn upsample(input: &Shape, arguments: &mut Arguments) -> Step {
    enlarged(input, arguments).unwrap_or_else(|misfit| Step::misfit(misfit, Shape::Unknown))
}

fn enlarged(input: &Shape, arguments: &mut Arguments) -> Result<Step, Misfit> {
    let (Some(pixels), Some(factor)) = (Pixels::of(input, arguments)?, arguments.size(0)) else {
        return Ok(Step::lost());
    };
    let [height, width, channels] = &pixels.sides;
    let too_large = || Misfit::Shape(format!("makes {input} more than {} times as large", Size::MAX));
    let times = |side: &Size| match side.times(&factor) {
        Err(Unwritable::Overflow) => Err(too_large()),
        product => product.map_err(Misfit::Size),
    };
    let sides = [times(height)?, times(width)?, channels.clone()];
    let (input, output) = (pixels.ty(), image(&sides));
    pixels.step(Shape::Image(sides), Some(quote!(#input, #output, #factor)), Vec::new())
}
