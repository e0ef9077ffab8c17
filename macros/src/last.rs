//! Dropout at the end of a network, which would drop some of what the network gives, also where blocks, or layers that
//! only pass numbers on, hide that it is the end.

use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::Path;

use crate::ast::{Block, Layer, LayerKind};
use crate::block_kind;
use crate::errors::Errors;
use crate::mend::Mend;
use crate::place::Place;
use crate::table;

/// Reports each dropout that the layers of a network end in.
pub(crate) fn check(layers: &[Layer], errors: &mut Errors) {
    ending(layers, "", true, errors);
}

/// Walks back from the end of some layers to the first that makes new numbers, and reports the dropout that it is.
/// Returns whether there is none: then what reaches these layers is what they give. `last` says whether nothing follows
/// them.
fn ending(layers: &[Layer], within: &str, last: bool, errors: &mut Errors) -> bool {
    let mut last = last;
    for (index, layer) in layers.iter().enumerate().rev() {
        let number = index + 1;
        let place = Place { number, within };
        let call = match &layer.kind {
            LayerKind::Keyword(call) => call,
            LayerKind::Path(path) => {
                if let Some(name) = dropout_by_path(path) {
                    dropped(path, &name, &place, last, errors);
                }
                return false;
            }
            LayerKind::Unreadable => return false,
        };
        let name = call.keyword.to_string();
        if name == "dropout" || name == "spatial_dropout" {
            dropped(&call.keyword, &name, &place, last, errors);
            return false;
        }
        let passes = match block_kind::find(&name) {
            Some(kind) => through_block(kind, &call.blocks, &place, last, errors),
            None => table::find(&name).is_some_and(|keyword| keyword.passes),
        };
        if !passes {
            return false;
        }
        last = false;
    }
    true
}

/// Does the same for a block: each of its parts ends where it does.
fn through_block(
    kind: block_kind::Kind,
    blocks: &[Block],
    place: &Place,
    last: bool,
    errors: &mut Errors,
) -> bool {
    let mut passes = !blocks.is_empty();
    for (index, block) in blocks.iter().enumerate() {
        let part = ending(&block.layers, &place.inside(&kind.part(index)), last, errors);
        // a branch that makes new numbers does not hide what the others pass on
        passes = if matches!(kind, block_kind::Kind::Concat) && index > 0 {
            passes || part
        } else {
            passes && part
        };
    }
    passes
}

/// The dropout that a path names: `plywood::layers::Dropout<…>`. A type of the user's own may have that name elsewhere.
fn dropout_by_path(path: &TokenStream) -> Option<String> {
    let path: Path = syn::parse2(path.clone()).ok()?;
    let mut segments = path.segments.iter().rev().map(|segment| segment.ident.to_string());
    let name = segments.next().filter(|name| name == "Dropout" || name == "SpatialDropout");
    name.filter(|_| segments.next().is_some_and(|module| module == "layers"))
}

fn dropped(blamed: impl ToTokens, name: &str, place: &Place, last: bool, errors: &mut Errors) {
    let subject = place.of(name);
    let is = if last { "is the last layer" } else { "has only layers after it that pass numbers on" };
    errors.push(
        blamed,
        format!(
            "{subject} {is}, and would drop some of what the network gives{}\n\
             note: where this network is a layer of another, that one drops",
            Mend::Remove
        ),
    );
}
