//! Describes layers whose types are known, and writes a sequence of them as a balanced tree of pairs.

use proc_macro2::{Ident, TokenStream};
use quote::{quote, quote_spanned};

use crate::analyze::shape::Shape;
use crate::keyword::Folding;
use crate::library::plywood_at;
use crate::tokens::Extent;

/// A layer whose type is known.
pub(crate) struct Typed {
    /// The label, and its number among the labels of the network, from 0.
    pub(crate) label: Option<(Ident, usize)>,
    /// The name in messages and documentation: `dense`, `MyLayer<64>`.
    pub(crate) name: String,
    /// The shape that reaches the layer.
    pub(crate) input: Shape,
    /// The output shape.
    pub(crate) output: Shape,
    /// The type; `None` after a mistake.
    pub(crate) ty: Option<TokenStream>,
    /// A type of the same kind where a mistake has hidden the shape that reaches the layer.
    pub(crate) likely: Option<TokenStream>,
    /// True if the type's input is not visibly the shape that reaches the layer.
    pub(crate) adapted: bool,
    /// True if the layer has no parameters, and forms a group with the layer before it.
    pub(crate) in_place: bool,
    /// The role in folding: the layer forms a group with a layer before it that absorbs it, or absorbs one after it.
    pub(crate) folding: Folding,
    /// The number of multiplications for each example, as far as the macro knows the sizes.
    pub(crate) work: u128,
    /// The extent from the first path that the layer is, or is made of, to the last.
    pub(crate) foreign: Option<Extent>,
}

/// Returns the number of multiplications of the layers for each example.
pub(crate) fn work(layers: &[Typed]) -> u128 {
    layers.iter().fold(0, |sum, layer| sum.saturating_add(layer.work))
}

/// A sequence of layers.
pub(crate) struct Sequence {
    /// The layers.
    pub(crate) layers: Vec<Typed>,
    /// The output shape of the layers.
    pub(crate) output: Shape,
    /// The name of the last layer, for messages.
    pub(crate) last: String,
}

/// Returns the layers as one type: groups of a layer and those after it that work in place, or fold into it, as a
/// balanced tree. `this` is the type of the network. Returns `None` after a mistake.
pub(crate) fn tree(layers: &[Typed], this: &TokenStream) -> Option<TokenStream> {
    let foreign = foreign(layers);
    let extent = foreign.unwrap_or_else(Extent::call_site);
    let span = extent.first;
    let plywood = plywood_at(span);
    let pair = |front: &TokenStream, back: &TokenStream| {
        if foreign.is_some() {
            // a tuple has the place of one token
            extent.close(quote_spanned!(span=> #plywood::Pair<#front, #back>))
        } else {
            quote!((#front, #back))
        }
    };
    let mut groups: Vec<TokenStream> = Vec::new();
    let mut before = Folding::Nothing;
    for layer in layers {
        let mut ty = layer.ty.clone()?;
        if layer.adapted {
            let input = layer.input.ty();
            ty = extent.close(quote_spanned!(span=> #plywood::layers::Adapt<#input, #ty>));
        }
        if let Some((_, index)) = &layer.label {
            ty = extent.close(quote_spanned!(span=> #plywood::layers::Labeled<#this, #index, #ty>));
        }
        let folds = before == Folding::Absorbs && layer.folding == Folding::Affine;
        before = layer.folding;
        match groups.last_mut() {
            Some(group) if layer.in_place || folds => *group = pair(group, &ty),
            _ => groups.push(ty),
        }
    }
    balanced(&groups, &|front, back| pair(&front, &back))
}

/// Returns the place of types that depend on the layers named by paths, if there are any: where a path does not name a
/// layer, the compiler also blames the tuple, and it shows only one of two equal messages about the same place.
pub(crate) fn foreign(layers: &[Typed]) -> Option<Extent> {
    Extent::of_all(layers.iter().filter_map(|layer| layer.foreign))
}

/// Folds a sequence so that the depth is the logarithm of its length: a network of a thousand layers needs no
/// `recursion_limit`, and the compiler checks it faster than a list. Returns `None` for an empty sequence.
fn balanced<T: Clone>(items: &[T], pair: &impl Fn(T, T) -> T) -> Option<T> {
    match items {
        [] => None,
        [one] => Some(one.clone()),
        _ => {
            let (front, back) = items.split_at(items.len() / 2);
            Some(pair(balanced(front, pair)?, balanced(back, pair)?))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_the_order_and_stays_shallow() {
        for n in 1..=70_u32 {
            let leaves: Vec<(Vec<u32>, u32)> = (0..n).map(|i| (vec![i], 0)).collect();
            let (order, depth) =
                balanced(&leaves, &|(a, depth_a), (b, depth_b)| ([a, b].concat(), depth_a.max(depth_b) + 1))
                    .unwrap();
            assert_eq!(order, (0..n).collect::<Vec<_>>());
            assert_eq!(depth, n.next_power_of_two().ilog2(), "{n} layers");
        }
        assert_eq!(balanced::<u32>(&[], &|a, _| a), None);
    }
}
