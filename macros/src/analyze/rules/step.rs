//! Describes the effect of a layer on the shape that reaches it, and the image that may reach it.

use proc_macro2::TokenStream;
use quote::quote;

use crate::analyze::arguments::Arguments;
use crate::analyze::shape::Shape;
use crate::analyze::size::{Size, Unwritable};
use crate::library::{plywood, project, proof};

/// A layer as its rule infers it from a shape and its arguments.
pub(crate) struct Step {
    /// The output shape, or the one that the layer would have if it fitted.
    pub(crate) output: Shape,
    /// The arguments of the layer's type; `None` after a mistake.
    pub(crate) generics: Option<TokenStream>,
    /// True if only the compiler can tell that the layer takes the shape that reaches it.
    pub(crate) adapted: bool,
    /// The constant expressions that fail where only the compiler can tell that something fits.
    pub(crate) proofs: Vec<TokenStream>,
    /// The sizes whose product is the number of multiplications for each example; empty for a layer without weights.
    pub(crate) work: Vec<Size>,
    /// The reason why the layer does not fit.
    pub(crate) misfit: Option<Misfit>,
}

/// The reason why a layer does not fit.
pub(crate) enum Misfit {
    /// A sentence with the layer as its subject, with help.
    Shape(String),
    /// A vector of this length reaches the layer, which takes an image.
    Vector(Size),
    /// An argument does not fit: its tokens, and the reason.
    Argument(TokenStream, String),
    /// A size cannot be written down.
    Size(Unwritable),
}

impl From<Unwritable> for Misfit {
    fn from(unwritable: Unwritable) -> Self {
        Self::Size(unwritable)
    }
}

impl Step {
    /// Returns a layer that fits.
    pub(crate) fn new(output: Shape, generics: Option<TokenStream>) -> Self {
        Self { output, generics, adapted: false, proofs: Vec::new(), work: Vec::new(), misfit: None }
    }

    /// Returns a layer that does not fit.
    pub(crate) fn misfit(misfit: Misfit, meant: Shape) -> Self {
        Self { misfit: Some(misfit), ..Self::new(meant, None) }
    }

    /// Returns a layer with a mistake that is already reported.
    pub(crate) fn lost() -> Self {
        Self::new(Shape::Unknown, None)
    }
}

/// The image that reaches a layer over pixels.
pub(crate) struct Pixels {
    /// The rows, columns and channels.
    pub(crate) sides: [Size; 3],
    /// A proof that the shape is an image, where only the compiler can tell. If it is not an image, only that mistake
    /// is to be reported, and nothing else about its sides.
    condition: Option<TokenStream>,
}

impl Pixels {
    /// Returns the image that reaches a layer, or `None` after a mistake.
    pub(crate) fn of(input: &Shape, arguments: &mut Arguments) -> Result<Option<Self>, Misfit> {
        match input {
            Shape::Image(sides) => Ok(Some(Self { sides: sides.clone(), condition: None })),
            Shape::Flat(len) => Err(Misfit::Vector(len.clone())),
            Shape::Of(layer) => {
                layer.concrete()?;
                let plywood = plywood();
                let dims = project(&layer.output(), "Shape", "DIMS");
                let sides = proof("sides");
                let mut side = |index: usize, name: &str| {
                    let text = format!("{}.{name}", layer.text);
                    arguments.values.bind(&quote!(#sides(#dims)[#index]), text)
                };
                let sides = [side(0, "height"), side(1, "width"), side(2, "channels")];
                let condition = Some(quote!(::core::matches!(#dims, #plywood::Dims::Image(..))));
                Ok(Some(Self { sides, condition }))
            }
            // `rules::apply` refuses pairs
            Shape::Pair(_) | Shape::Unknown => Ok(None),
        }
    }

    /// Returns the image's type.
    pub(crate) fn ty(&self) -> TokenStream {
        image(&self.sides)
    }

    /// Returns a layer that changes the image to `output`.
    pub(crate) fn step(
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

/// Returns the type of an image.
pub(crate) fn image([height, width, channels]: &[Size; 3]) -> TokenStream {
    let plywood = plywood();
    quote!(#plywood::Image<#height, #width, #channels>)
}

/// Checks that a number of groups divides a number of channels. Returns a proof where only the compiler can tell.
pub(crate) fn divides(
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
