//! Applies the rules of layers whose output has the shape of their input.

use proc_macro2::TokenStream;
use quote::quote;

use crate::analyze::arguments::Arguments;
use crate::analyze::rules::step::{Misfit, Pixels, Step, divides};
use crate::analyze::shape::Shape;
use crate::analyze::size::{Size, Unwritable};
use crate::library::plywood;

/// Applies the rule of a layer whose type takes the shape, followed by the arguments.
pub(crate) fn elementwise(input: &Shape, arguments: &mut Arguments) -> Step {
    let generics = input.ty().zip(arguments.generics());
    Step::new(input.clone(), generics.map(|(shape, arguments)| quote!(#shape #(, #arguments)*)))
}

/// Applies the rule of a normalization whose channels are split into groups.
pub(crate) fn group_norm(input: &Shape, arguments: &mut Arguments) -> Step {
    let channels = match input {
        Shape::Flat(n) => Ok(Some(n.clone())),
        Shape::Image([_, _, channels]) => Ok(Some(channels.clone())),
        Shape::Of(_) => channels(input, arguments).map(Some),
        // `rules::apply` refuses pairs
        Shape::Pair(_) | Shape::Unknown => Ok(None),
    };
    let proofs = channels.and_then(|channels| {
        let Some(channels) = channels else { return Ok(Vec::new()) };
        let divides = divides(0, &channels, "input", arguments)?;
        let several = match arguments.size(0) {
            Some(groups) => has_variance(&groups, input, arguments)?,
            None => None,
        };
        Ok(divides.into_iter().chain(several).collect())
    });
    match proofs {
        Ok(proofs) => Step { proofs, ..elementwise(input, arguments) },
        Err(misfit) => Step::misfit(misfit, input.clone()),
    }
}

/// Applies the rule of a normalization of all numbers together.
pub(crate) fn layer_norm(input: &Shape, arguments: &mut Arguments) -> Step {
    match has_variance(&Size::Known(1), input, arguments) {
        Ok(proof) => Step { proofs: proof.into_iter().collect(), ..elementwise(input, arguments) },
        Err(misfit) => Step::misfit(misfit, input.clone()),
    }
}

/// Checks that groups have more than one number each. Returns a proof where only the compiler can tell.
fn has_variance(groups: &Size, input: &Shape, arguments: &Arguments) -> Result<Option<TokenStream>, Misfit> {
    let several = |size: &Size| size.known().is_some_and(|n| n > 1);
    if let Shape::Image([height, width, _]) = input
        && (several(height) || several(width))
    {
        return Ok(None);
    }
    let numbers = match input.len() {
        Ok(Some(Size::Known(numbers))) => Some(numbers),
        // already reported
        Ok(None) | Err(Unwritable::Overflow) => return Ok(None),
        _ => None,
    };
    match (groups.known(), numbers) {
        (Some(groups), Some(numbers)) if groups != numbers => Ok(None),
        (Some(1), Some(_)) => {
            Err(Misfit::Shape("takes a single number here, which has no variance".to_owned()))
        }
        (Some(groups), Some(numbers)) => Err(Misfit::Argument(
            arguments.blamed(0),
            format!(
                "each group has a single number, which has no variance: found {groups} groups for {numbers} numbers"
            ),
        )),
        _ => {
            let Some(numbers) = input.counted() else { return Ok(None) };
            let value = groups.value();
            let sizes = quote!(#value, #numbers);
            Ok(Some(match groups {
                Size::Known(1) => arguments.prove_layer("has_variance", &sizes),
                _ => arguments.prove("has_variance", &sizes, 0),
            }))
        }
    }
}

/// Returns the channels of any shape, as a constant.
pub(crate) fn channels(input: &Shape, arguments: &mut Arguments) -> Result<Size, Misfit> {
    // refuses a shape that mentions a parameter of the network
    input.len()?;
    let shape = input.ty();
    let plywood = plywood();
    let value = quote!(<#shape as #plywood::Shape>::DIMS.channels());
    Ok(arguments.values.bind(&value, format!("{input}: channels")))
}

/// Applies the rule of a layer over images whose type takes the image, followed by the arguments.
pub(crate) fn spatial(input: &Shape, arguments: &mut Arguments) -> Step {
    let step = Pixels::of(input, arguments).and_then(|pixels| {
        let Some(pixels) = pixels else { return Ok(Step::lost()) };
        let shape = pixels.ty();
        let generics = arguments.generics().map(|arguments| quote!(#shape #(, #arguments)*));
        pixels.step(Shape::Image(pixels.sides.clone()), generics, Vec::new())
    });
    step.unwrap_or_else(|misfit| Step::misfit(misfit, input.clone()))
}
