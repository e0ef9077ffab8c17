//! Applies the rules of layers that make one shape from two.

use quote::quote;

use crate::analyze::arguments::Arguments;
use crate::analyze::rules::step::{Misfit, Step};
use crate::analyze::shape::Shape;
use crate::analyze::size::{Size, Unwritable};
use crate::report::Mend;

/// Returns both parts of the pair that reaches a layer.
fn parts(input: &Shape) -> Result<[Shape; 2], Misfit> {
    input.parts().ok_or_else(|| {
        Misfit::Shape(format!(
            "takes a pair of shapes, but what reaches it is {input}\nnote: `heads {{ … }} {{ … }}` makes two shapes of one"
        ))
    })
}

/// Applies the rule of a layer that merges two parts of the same shape, number by number.
pub(crate) fn merge(input: &Shape, _: &mut Arguments) -> Step {
    merged(input).unwrap_or_else(|misfit| Step::misfit(misfit, Shape::Unknown))
}

fn merged(input: &Shape) -> Result<Step, Misfit> {
    let [first, second] = parts(input)?;
    let same = second.same(&first);
    if same == Some(false) {
        let help = match (&first, &second) {
            (Shape::Flat(n), Shape::Flat(_)) => {
                format!("\nnote: a `dense({n})` in a `pairwise {{ … }} {{ … }}` can change one of them")
            }
            _ => "\nnote: layers in a `pairwise { … } { … }` can change one of them".to_owned(),
        };
        let problem = format!("merges two parts of the same shape: found {first} and {second}{help}");
        return Err(Misfit::Shape(problem));
    }
    let generics = first.ty();
    // where only the compiler can tell, the layer takes twice the first part
    Ok(Step { adapted: same.is_none() && generics.is_some(), ..Step::new(first, generics) })
}

/// Applies the rule of a layer that joins two vectors, or the channels of two images.
pub(crate) fn join(input: &Shape, _: &mut Arguments) -> Step {
    joined(input).unwrap_or_else(|misfit| Step::misfit(misfit, Shape::Unknown))
}

fn joined(input: &Shape) -> Result<Step, Misfit> {
    let [first, second] = parts(input)?;
    if first.joins(&second) == Some(false) {
        let help = match (&first, &second) {
            (Shape::Image(_), Shape::Flat(_)) => {
                Mend::BeforeLayer("pairwise { flatten } { identity }").to_string()
            }
            (Shape::Flat(_), Shape::Image(_)) => {
                Mend::BeforeLayer("pairwise { identity } { flatten }").to_string()
            }
            (Shape::Pair(_), _) => {
                "\nnote: `pairwise { join } { identity }` first joins the first part".to_owned()
            }
            (_, Shape::Pair(_)) => {
                "\nnote: `pairwise { identity } { join }` first joins the second part".to_owned()
            }
            _ => "\nnote: layers in a `pairwise { … } { … }` can change one of them".to_owned(),
        };
        let problem = "joins two vectors, or two images of the same height and width";
        return Err(Misfit::Shape(format!("{problem}: found {first} and {second}{help}")));
    }
    let like = match (&first, &second) {
        (Shape::Unknown, _) | (_, Shape::Unknown) => return Ok(Step::lost()),
        (Shape::Of(layer), Shape::Of(_)) => {
            return Err(Misfit::Shape(format!(
                "joins what `{}` gives, and the macro cannot tell whether these are vectors or images\n\
                 note: add `pairwise {{ identity }} {{ reshape(…) }}` before this layer, where `reshape` says a shape",
                layer.text
            )));
        }
        (Shape::Of(_), known) | (known, _) => known,
    };
    let (Some(a), Some(b)) = (first.channels()?, second.channels()?) else { return Ok(Step::lost()) };
    let too_large = || Misfit::Shape(format!("gives more numbers than a shape has, {}", Size::MAX));
    let output = match a.plus(&b) {
        Ok(sum) => like.with_channels(&sum),
        Err(Unwritable::Overflow) => return Err(too_large()),
        Err(unwritable) => return Err(unwritable.into()),
    };
    if let Err(Unwritable::Overflow) = output.len() {
        return Err(too_large());
    }
    let types = first.ty().zip(second.ty()).zip(output.ty());
    let generics = types.map(|((first, second), output)| quote!(#first, #second, #output));
    Ok(Step::new(output, generics))
}
