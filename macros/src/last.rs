//! Dropout at the end of a network, which would drop some of what the network gives, also where blocks, or layers that
//! only pass numbers on, hide that it is the end.

use crate::ast::{Block, Call, Layer, LayerKind};
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
        let LayerKind::Keyword(call) = &layer.kind else { return false };
        let place = Place { number, within };
        let name = call.keyword.to_string();
        if name == "dropout" || name == "spatial_dropout" {
            dropped(call, &place, last, errors);
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

fn dropped(call: &Call, place: &Place, last: bool, errors: &mut Errors) {
    let subject = place.of(&call.keyword.to_string());
    let is = if last { "is the last layer" } else { "has only layers after it that pass numbers on" };
    errors.push(
        &call.keyword,
        format!(
            "{subject} {is}, and would drop some of what the network gives{}\n\
             note: where this network is a layer of another, that one drops",
            Mend::Remove
        ),
    );
}
