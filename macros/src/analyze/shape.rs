//! Describes shapes as the macro sees them, and the layers that lead from one to another.

use std::fmt;

use proc_macro2::{Ident, TokenStream};
use quote::quote;

use crate::analyze::size::{Size, Unwritable};
use crate::library::{plywood, project};

/// The shape that reaches a layer.
#[derive(Clone)]
pub(crate) enum Shape {
    /// A vector.
    Flat(Size),
    /// An image: rows, columns, channels.
    Image([Size; 3]),
    /// Two shapes side by side.
    Pair(Box<[Self; 2]>),
    /// The output of a user's own layer, or a part of it, which only the compiler knows.
    Of(PathLayer),
    /// A shape lost to a mistake that is already reported.
    Unknown,
}

/// A shape that a layer named by its path gives.
#[derive(Clone)]
pub(crate) struct PathLayer {
    /// The type of the shape.
    output: TokenStream,
    /// The path of the layer as the user wrote it.
    pub(crate) text: String,
    /// A parameter of the network that the path mentions.
    pub(crate) param: Option<Ident>,
}

impl PathLayer {
    /// Returns the output of a layer of the given type.
    pub(crate) fn new(layer: &TokenStream, text: String, param: Option<Ident>) -> Self {
        Self { output: project(layer, "Layer", "Out"), text, param }
    }

    /// Returns the type of the shape.
    pub(crate) fn output(&self) -> TokenStream {
        self.output.clone()
    }

    /// Returns both parts of the shape, which must be a pair.
    fn parts(&self) -> [Self; 2] {
        ["First", "Second"]
            .map(|part| Self { output: project(&self.output, "PairShape", part), ..self.clone() })
    }

    /// Refuses to compute with the layer's output where it depends on a parameter of the network.
    pub(crate) fn concrete(&self) -> Result<(), Unwritable> {
        match &self.param {
            Some(param) => Err(Unwritable::Behind { layer: self.text.clone(), param: param.clone() }),
            None => Ok(()),
        }
    }
}

impl Shape {
    /// Returns the shape's type, or `None` where it is unknown.
    pub(crate) fn ty(&self) -> Option<TokenStream> {
        let plywood = plywood();
        match self {
            Self::Flat(n) => Some(quote!(#plywood::Flat<#n>)),
            Self::Image([h, w, c]) => Some(quote!(#plywood::Image<#h, #w, #c>)),
            Self::Pair(parts) => {
                let [first, second] = parts.each_ref().map(Self::ty);
                first.zip(second).map(|(first, second)| quote!((#first, #second)))
            }
            Self::Of(layer) => Some(layer.output()),
            Self::Unknown => None,
        }
    }

    /// Returns the number of scalars in the shape, or `None` where it is unknown.
    pub(crate) fn len(&self) -> Result<Option<Size>, Unwritable> {
        match self {
            Self::Flat(n) => Ok(Some(n.clone())),
            Self::Image([h, w, c]) => h.times(w)?.times(c).map(Some),
            Self::Pair(parts) => match (parts[0].len()?, parts[1].len()?) {
                (Some(first), Some(second)) => first.plus(&second).map(Some),
                _ => Ok(None),
            },
            Self::Of(layer) => {
                layer.concrete()?;
                let value = project(&layer.output(), "Shape", "LEN");
                Ok(Some(Size::Expr { value, text: self.to_string() }))
            }
            Self::Unknown => Ok(None),
        }
    }

    /// Returns the number of scalars as an expression for a proof, which may mention parameters, or `None` where it is
    /// unknown.
    pub(crate) fn counted(&self) -> Option<TokenStream> {
        match self {
            Self::Flat(n) => Some(n.value()),
            Self::Image(sides) => {
                let [h, w, c] = sides.each_ref().map(Size::value);
                Some(quote!(#h * #w * #c))
            }
            Self::Pair(parts) => {
                let [first, second] = parts.each_ref().map(Self::counted);
                first.zip(second).map(|(first, second)| quote!((#first + #second)))
            }
            Self::Of(layer) => Some(project(&layer.output(), "Shape", "LEN")),
            Self::Unknown => None,
        }
    }

    /// Returns the layer that turns an image into a vector: one that does not multiply the sides if one is a parameter.
    pub(crate) fn to_vector(&self) -> &'static str {
        if matches!(self.len(), Err(Unwritable::Param(_))) { "global_avg_pool" } else { "flatten" }
    }

    /// Returns true if two shapes are the same, or `None` where only the compiler can tell.
    pub(crate) fn same(&self, other: &Self) -> Option<bool> {
        let sizes = |a: &[Size], b: &[Size]| {
            let sides: Vec<_> = a.iter().zip(b).map(|(a, b)| a.same(b)).collect();
            match () {
                () if sides.contains(&Some(false)) => Some(false),
                () if sides.contains(&None) => None,
                () => Some(true),
            }
        };
        match (self, other) {
            (Self::Flat(a), Self::Flat(b)) => sizes(std::slice::from_ref(a), std::slice::from_ref(b)),
            (Self::Image(a), Self::Image(b)) => sizes(a, b),
            (Self::Pair(a), Self::Pair(b)) => match [a[0].same(&b[0]), a[1].same(&b[1])] {
                [Some(true), Some(true)] => Some(true),
                parts if parts.contains(&Some(false)) => Some(false),
                _ => None,
            },
            (Self::Of(_) | Self::Unknown, _) | (_, Self::Of(_) | Self::Unknown) => None,
            _ => Some(false),
        }
    }

    /// Returns both parts of a pair, or `None` for another shape. A shape that only the compiler knows is taken for a
    /// pair.
    pub(crate) fn parts(&self) -> Option<[Self; 2]> {
        match self {
            Self::Pair(parts) => Some((**parts).clone()),
            Self::Of(layer) => Some(layer.parts().map(Self::Of)),
            Self::Unknown => Some([Self::Unknown, Self::Unknown]),
            Self::Flat(_) | Self::Image(_) => None,
        }
    }

    /// Returns two shapes side by side; unknown if one of them is.
    pub(crate) fn pair(first: Self, second: Self) -> Self {
        match (&first, &second) {
            (Self::Unknown, _) | (_, Self::Unknown) => Self::Unknown,
            _ => Self::Pair(Box::new([first, second])),
        }
    }

    /// Returns true if two shapes can be joined side by side: vectors, or images with the same sides. Returns `None`
    /// where only the compiler can tell, or where a mistake has made one unknown.
    pub(crate) fn joins(&self, other: &Self) -> Option<bool> {
        match (self, other) {
            (Self::Flat(_), Self::Flat(_)) => Some(true),
            (Self::Image(_), Self::Image(_)) => {
                let one = Size::Known(1);
                self.with_channels(&one).same(&other.with_channels(&one))
            }
            (Self::Pair(_), _) | (_, Self::Pair(_)) => Some(false),
            _ => self.same(other),
        }
    }

    /// Returns the number of channels; each number of a vector is one. Returns `None` for a pair and where it is
    /// unknown.
    pub(crate) fn channels(&self) -> Result<Option<Size>, Unwritable> {
        match self {
            Self::Flat(channels) | Self::Image([_, _, channels]) => Ok(Some(channels.clone())),
            Self::Of(layer) => {
                layer.concrete()?;
                let dims = project(&layer.output(), "Shape", "DIMS");
                let text = format!("the channels of {self}");
                Ok(Some(Size::Expr { value: quote!(#dims.channels()), text }))
            }
            Self::Pair(_) | Self::Unknown => Ok(None),
        }
    }

    /// Returns the same shape with another number of channels.
    pub(crate) fn with_channels(&self, channels: &Size) -> Self {
        match self {
            Self::Flat(_) => Self::Flat(channels.clone()),
            Self::Image([h, w, _]) => Self::Image([h.clone(), w.clone(), channels.clone()]),
            shape => shape.clone(),
        }
    }

    /// Returns true if the macro knows the shape, so that it can be written in a declaration.
    pub(crate) fn is_known(&self) -> bool {
        match self {
            Self::Flat(_) | Self::Image(_) => true,
            Self::Pair(parts) => parts.iter().all(Self::is_known),
            Self::Of(_) | Self::Unknown => false,
        }
    }

    /// Returns the shape as a user writes it in a declaration.
    pub(crate) fn declaration(&self) -> String {
        match self {
            Self::Flat(n) => format!("Flat<{n}>"),
            Self::Image([h, w, c]) => format!("Image<{h}, {w}, {c}>"),
            Self::Pair(parts) => format!("({}, {})", parts[0].declaration(), parts[1].declaration()),
            Self::Of(_) | Self::Unknown => self.to_string(),
        }
    }
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flat(n) => n.fmt(f),
            Self::Image([h, w, c]) => write!(f, "{h}×{w}×{c}"),
            Self::Pair(parts) => write!(f, "({}, {})", parts[0], parts[1]),
            Self::Of(layer) => write!(f, "the output of `{}`", layer.text),
            Self::Unknown => f.write_str("an unknown shape"),
        }
    }
}

/// Returns the source of the layers of a shortcut that changes the shape in this way.
pub(crate) fn shortcut_between(input: &Shape, output: &Shape) -> Option<String> {
    match (input, output) {
        (Shape::Flat(_), Shape::Flat(n)) => Some(format!("dense({n})")),
        (Shape::Image(_), Shape::Flat(n)) => Some(format!("{}, dense({n})", input.to_vector())),
        (Shape::Image([h, w, _]), Shape::Image([rows, columns, channels])) => {
            let stride = match (stride(h, rows)?, stride(w, columns)?) {
                (1, 1) => String::new(),
                (down, right) if down == right => format!(", stride = {down}"),
                (down, right) => format!(", stride = ({down}, {right})"),
            };
            Some(format!("conv({channels}, kernel = 1{stride})"))
        }
        _ => None,
    }
}

/// Returns the stride with which a window of 1 turns the first number of pixels into the second.
fn stride(from: &Size, to: &Size) -> Option<u64> {
    match (from, to) {
        (Size::Known(from), Size::Known(to)) => {
            let stride = from.div_ceil(*to);
            (from.div_ceil(stride) == *to).then_some(stride)
        }
        _ => from.same(to)?.then_some(1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn proposes_shortcuts() {
        let flat = |n| Shape::Flat(Size::Known(n));
        let image = |h, w, c| Shape::Image([h, w, c].map(Size::Known));
        for (input, output, layers) in [
            (flat(3), flat(4), Some("dense(4)")),
            (image(2, 2, 2), flat(4), Some("flatten, dense(4)")),
            (image(8, 8, 16), image(8, 8, 32), Some("conv(32, kernel = 1)")),
            (image(8, 8, 16), image(4, 4, 32), Some("conv(32, kernel = 1, stride = 2)")),
            (image(7, 8, 16), image(4, 8, 16), Some("conv(16, kernel = 1, stride = (2, 1))")),
            (image(8, 8, 1), image(6, 6, 1), None),
            (image(8, 8, 1), image(9, 9, 1), None),
            (flat(4), image(2, 2, 1), None),
        ] {
            assert_eq!(shortcut_between(&input, &output).as_deref(), layers, "{input} to {output}");
        }
    }
}
