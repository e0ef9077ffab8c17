//! Layers of vectors, and layers that read numbers as another shape.

use quote::quote;

use super::{Misfit, Step};
use crate::arguments::Arguments;
use crate::shape::Shape;
use crate::size::{Size, Unwritable};

pub(super) fn dense(input: &Shape, arguments: &mut Arguments) -> Step {
    let outputs = arguments.size(0);
    let output = outputs.clone().map_or(Shape::Unknown, Shape::Flat);
    if let Shape::Image(_) = input {
        let reason = format!(
            "takes a vector, but what reaches it is an image of {input}\nhelp: add `flatten` before this layer"
        );
        return Step::misfit(Misfit::Shape(reason), output);
    }
    match input.len() {
        Ok(inputs) => {
            let generics = inputs.zip(outputs).zip(arguments.word(1)).map(|((inputs, outputs), bias)| {
                let bias = (bias == "false").then(|| quote!(, false));
                quote!(#inputs, #outputs #bias)
            });
            Step { adapted: matches!(input, Shape::Of(_)), ..Step::new(output, generics) }
        }
        Err(unwritable) => Step::misfit(Misfit::Size(unwritable), output),
    }
}

pub(super) fn flatten(input: &Shape, _: &mut Arguments) -> Step {
    match input.len() {
        Ok(len) => {
            let generics = input.ty().zip(len.as_ref()).map(|(shape, len)| quote!(#shape, #len));
            Step::new(len.map_or(Shape::Unknown, Shape::Flat), generics)
        }
        Err(unwritable) => Step::misfit(Misfit::Size(unwritable), Shape::Unknown),
    }
}

pub(super) fn reshape(input: &Shape, arguments: &mut Arguments) -> Step {
    let output = match (arguments.absent(1), arguments.absent(2)) {
        (true, true) => arguments.size(0).map(Shape::Flat),
        (false, false) => match [0, 1, 2].map(|index| arguments.size(index)) {
            [Some(height), Some(width), Some(channels)] => Some(Shape::Image([height, width, channels])),
            _ => None,
        },
        _ => {
            let reason =
                "takes 1 size or 3: found 2\nhelp: write `reshape(N)` or `reshape(HEIGHT, WIDTH, CHANNELS)`";
            return Step::misfit(Misfit::Shape(reason.to_owned()), Shape::Unknown);
        }
    };
    let Some(output) = output else { return Step::lost() };
    let proof = match (input.len(), output.len()) {
        (Ok(Some(Size::Known(from))), Ok(Some(Size::Known(to)))) if from != to => {
            let reason = format!(
                "makes {output} of {input}, but {to} numbers are not {from}\n\
                 help: the new shape has as many numbers as the old one"
            );
            return Step::misfit(Misfit::Shape(reason), output);
        }
        (Ok(Some(from)), Ok(Some(to))) if from.same(&to) == Some(true) => None,
        (Ok(Some(from)), Ok(Some(to))) => {
            let (from, to) = (from.value(), to.value());
            Some(arguments.prove("equally_many", &quote!(#from, #to), usize::MAX))
        }
        (_, Err(Unwritable::Overflow)) => {
            let reason = format!("gives {output}, but a shape has at most {} numbers", Size::MAX);
            return Step::misfit(Misfit::Shape(reason), Shape::Unknown);
        }
        (Err(unwritable), _) | (_, Err(unwritable)) => {
            return Step::misfit(Misfit::Size(unwritable), output);
        }
        _ => None,
    };
    let generics = input.ty().zip(output.ty()).map(|(input, output)| quote!(#input, #output));
    Step { proofs: proof.into_iter().collect(), ..Step::new(output, generics) }
}
