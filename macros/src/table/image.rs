//! The image that reaches a layer.

use proc_macro2::TokenStream;
use quote::quote;

use super::{Misfit, Step};
use crate::arguments::Arguments;
use crate::krate::{plywood, project, proof};
use crate::shape::Shape;
use crate::size::{Size, Unwritable};

/// The image that reaches a layer over pixels.
pub(super) struct Pixels {
    /// Rows, columns, channels.
    pub(super) sides: [Size; 3],
    /// Whether it is an image, where only the compiler can tell. Where it is not, that is the mistake to report, and
    /// nothing else about its sides.
    condition: Option<TokenStream>,
}

impl Pixels {
    /// What reaches a layer; `None` after a mistake.
    pub(super) fn of(input: &Shape, arguments: &mut Arguments) -> Result<Option<Self>, Misfit> {
        match input {
            Shape::Image(sides) => Ok(Some(Self { sides: sides.clone(), condition: None })),
            Shape::Flat(len) => Err(Misfit::Vector(len.clone())),
            Shape::Of(layer) => {
                layer.concrete()?;
                let plywood = plywood();
                let output = project(&layer.ty, "Layer", "Out");
                let dims = project(&output, "Shape", "DIMS");
                let sides = proof("sides");
                let mut side = |index: usize, name: &str| {
                    let text = format!("{}.{name}", layer.text);
                    arguments.values.bind(&quote!(#sides(#dims)[#index]), text)
                };
                let sides = [side(0, "height"), side(1, "width"), side(2, "channels")];
                let condition = Some(quote!(::core::matches!(#dims, #plywood::Dims::Image(..))));
                Ok(Some(Self { sides, condition }))
            }
            Shape::Unknown => Ok(None),
        }
    }

    /// The image's type.
    pub(super) fn ty(&self) -> TokenStream {
        image(&self.sides)
    }

    /// A layer that makes `output` of it.
    pub(super) fn step(
        &self,
        output: Shape,
        generics: Option<TokenStream>,
        proofs: Vec<TokenStream>,
    ) -> Result<Step, Misfit> {
        if let Err(Unwritable::Overflow) = output.len() {
            let most = Size::MAX;
            return Err(Misfit::Shape(format!("gives {output}, but a shape has at most {most} numbers")));
        }
        let proofs = match &self.condition {
            Some(condition) => proofs.into_iter().map(|proof| quote!(if #condition { #proof })).collect(),
            None => proofs,
        };
        Ok(Step { adapted: self.condition.is_some(), proofs, ..Step::new(output, generics) })
    }
}

/// The type of an image.
pub(super) fn image([height, width, channels]: &[Size; 3]) -> TokenStream {
    let plywood = plywood();
    quote!(#plywood::Image<#height, #width, #channels>)
}

/// That a number of groups divides a number of channels: what to prove where only the compiler can tell.
pub(super) fn divides(
    index: usize,
    channels: &Size,
    of: &str,
    arguments: &Arguments,
) -> Result<Option<TokenStream>, Misfit> {
    let Some(groups) = arguments.size(index) else { return Ok(None) };
    match (&groups, channels) {
        (Size::Known(1), _) => Ok(None),
        (Size::Known(n), Size::Known(c)) if c % n == 0 => Ok(None),
        (Size::Known(n), Size::Known(c)) => Err(Misfit::Argument(
            arguments.blamed(index),
            format!(
                "{n} groups do not divide the {c} channels of the {of}\n\
                 note: the channels of each group are equally many"
            ),
        )),
        (groups, channels) if groups.same(channels) == Some(true) => Ok(None),
        _ => {
            let (groups, channels) = (groups.value(), channels.value());
            Ok(Some(arguments.prove("divides", &quote!(#groups, #channels, #of), index)))
        }
    }
}
