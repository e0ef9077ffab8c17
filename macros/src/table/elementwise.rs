//! Layers that give the shape that they take.

use quote::quote;

use super::image::{Pixels, divides};
use super::{Misfit, Step};
use crate::arguments::Arguments;
use crate::shape::Shape;
use crate::size::Size;

/// The shape, followed by the arguments.
pub(super) fn elementwise(input: &Shape, arguments: &mut Arguments) -> Step {
    let generics = input.ty().zip(arguments.generics());
    Step::new(input.clone(), generics.map(|(shape, arguments)| quote!(#shape #(, #arguments)*)))
}

/// The same, where channels are split into groups.
pub(super) fn group_norm(input: &Shape, arguments: &mut Arguments) -> Step {
    let channels = match input {
        Shape::Flat(n) => Ok(Some(n.clone())),
        Shape::Image([_, _, channels]) => Ok(Some(channels.clone())),
        Shape::Of(_) => channels(input, arguments).map(Some),
        Shape::Unknown => Ok(None),
    };
    let proof = channels.and_then(|channels| match channels {
        Some(channels) => divides(0, &channels, "input", arguments),
        None => Ok(None),
    });
    match proof {
        Ok(proof) => Step { proofs: proof.into_iter().collect(), ..elementwise(input, arguments) },
        Err(misfit) => Step::misfit(misfit, input.clone()),
    }
}

/// The channels of any shape, as a constant.
pub(super) fn channels(input: &Shape, arguments: &mut Arguments) -> Result<Size, Misfit> {
    // refuses what mentions a parameter of the network
    input.len()?;
    let shape = input.ty();
    let plywood = crate::krate::plywood();
    let value = quote!(<#shape as #plywood::Shape>::DIMS.channels());
    Ok(arguments.values.bind(&value, format!("{input}: channels")))
}

/// The image, followed by the arguments.
pub(super) fn spatial(input: &Shape, arguments: &mut Arguments) -> Step {
    let step = Pixels::of(input, arguments).and_then(|pixels| {
        let Some(pixels) = pixels else { return Ok(Step::lost()) };
        let shape = pixels.ty();
        let generics = arguments.generics().map(|arguments| quote!(#shape #(, #arguments)*));
        pixels.step(Shape::Image(pixels.sides.clone()), generics, Vec::new())
    });
    step.unwrap_or_else(|misfit| Step::misfit(misfit, input.clone()))
}
