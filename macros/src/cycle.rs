//! Networks of one call that contain one another.

use proc_macro2::{Ident, TokenTree};

use crate::ast::{Layer, LayerKind, Network};
use crate::errors::Errors;
use crate::place::Place;

/// How far a network is looked into.
#[derive(Clone, Copy, PartialEq)]
enum Seen {
    /// Not at all.
    No,
    /// It is being looked into.
    Within,
    /// Entirely.
    Entirely,
}

/// Reports each layer that closes a circle, and takes it for unreadable. A network in itself is reported elsewhere.
pub(crate) fn check(networks: &mut [Network], errors: &mut Errors) {
    let names: Vec<Ident> = networks.iter().map(|network| network.name.clone()).collect();
    let mut seen = vec![Seen::No; networks.len()];
    for index in 0..networks.len() {
        look_into(index, &names, &mut seen, networks, errors);
    }
}

fn look_into(
    index: usize,
    names: &[Ident],
    seen: &mut [Seen],
    networks: &mut [Network],
    errors: &mut Errors,
) {
    if seen[index] != Seen::No {
        return;
    }
    seen[index] = Seen::Within;
    let mut layers = std::mem::take(&mut networks[index].layers);
    for (number, layer) in (1..).zip(&mut layers) {
        each(layer, &mut |layer| {
            let Some(other) = named(layer, names).filter(|other| *other != index) else { return };
            if seen[other] != Seen::Within {
                look_into(other, names, seen, networks, errors);
                return;
            }
            let LayerKind::Path(path) = &layer.kind else { return };
            let (place, this, other) = (Place { number, within: "" }, &names[index], &names[other]);
            let problem = format!("`{this}` cannot contain `{other}`, which contains `{this}`");
            errors.push(path, format!("{place}: {problem}"));
            layer.kind = LayerKind::Unreadable;
        });
    }
    networks[index].layers = layers;
    seen[index] = Seen::Entirely;
}

/// Does something with a layer, and with those in its blocks.
fn each(layer: &mut Layer, act: &mut dyn FnMut(&mut Layer)) {
    act(layer);
    if let LayerKind::Keyword(call) = &mut layer.kind {
        for layer in call.blocks.iter_mut().flat_map(|block| &mut block.layers) {
            each(layer, act);
        }
    }
}

/// The network that a layer names.
fn named(layer: &Layer, names: &[Ident]) -> Option<usize> {
    let LayerKind::Path(path) = &layer.kind else { return None };
    let mut tokens = path.clone().into_iter();
    let Some(TokenTree::Ident(first)) = tokens.next() else { return None };
    let alone =
        !tokens.next().is_some_and(|next| matches!(next, TokenTree::Punct(sign) if sign.as_char() == ':'));
    names.iter().position(|name| *name == first).filter(|_| alone)
}
