//! The names that layers have in files and summaries: a label, or the keyword and the number.

use proc_macro2::Ident;
use quote::quote;
use syn::ext::IdentExt;

use crate::ast::{self, Block, LayerKind};
use crate::errors::Errors;
use crate::infer::Typed;
use crate::krate::{project, prove};
use crate::mend::Mend;
use crate::place::Place;
use crate::shape::Shape;

/// What every network has: a label of a network becomes a function beside these, and would be called in their place.
const OF_NETWORKS: &[&str] = &[
    // `Layer`
    "NAME",
    "PARAMS",
    "BUFFERS",
    "MEMORY",
    "COST",
    "FUSION",
    "init",
    "forward",
    "backward",
    "clear",
    "infer",
    "fold",
    "absorb",
    "outline",
    // `Declared`
    "TAPE",
    "SCRATCH",
    "INFER_SCRATCH",
    "WIDTH",
    "READS_INPUT",
    "READS_OUTPUT",
    "KEEPS_DY",
    "LAYERS",
    "FLOPS",
    "MIN_BATCH",
    "FIELD",
    "SOUND",
    // `Network`
    "RECEPTIVE_FIELD",
    "new",
    "summary",
    "training_memory",
    "inference_memory",
    // `Labels`, `Clone`, `Debug`
    "LABELS",
    "clone",
    "clone_from",
    "fmt",
    // the expansion
    "__PLYWOOD_FITS",
];

/// Whether every network has an item of this name.
pub(crate) fn is_of_networks(word: &str) -> bool {
    OF_NETWORKS.contains(&word)
}

/// The name of a layer without a label.
fn own(name: &str, number: usize) -> String {
    // as `Outline` has it
    let between = if name.ends_with(|letter: char| letter.is_ascii_digit()) { "_" } else { "" };
    format!("{name}{between}{number}")
}

/// What a label can be instead.
pub(crate) fn another(label: &Ident, number: usize, layers: &[ast::Layer]) -> String {
    let label = label.unraw();
    let taken = |free: &String| {
        layers.iter().filter_map(|layer| layer.label.as_ref()).any(|label| label.unraw() == free)
    };
    let mut free = (number..).map(|number| format!("{label}_{number}")).filter(|free| !taken(free));
    free.next().unwrap_or_default()
}

/// Reports labels that are names of layers beside theirs, without a label. What a layer of the user's own is called,
/// only the compiler knows: returns constant expressions that fail where it is called like that.
pub(crate) fn check(
    layers: &[ast::Layer],
    typed: &[Typed],
    within: &str,
    errors: &mut Errors,
) -> Vec<proc_macro2::TokenStream> {
    let mut proofs = Vec::new();
    let numbered = || (1_usize..).zip(layers.iter().zip(typed));
    for (number, (layer, this)) in numbered() {
        let Some(label) = &layer.label else { continue };
        let subject = Place { number, within }.of(&this.name);
        let (mend, bare) = (another(label, number, layers), label.unraw().to_string());
        for (other, (unlabeled, typed)) in numbered().filter(|(_, (layer, _))| layer.label.is_none()) {
            let neighbor = Place { number: other, within: "" }.of(&typed.name);
            match (&unlabeled.kind, keyword(typed)) {
                (LayerKind::Keyword(_), Some(keyword)) if bare == own(keyword, other) => {
                    let problem = format!(
                        "{subject}: its label `{label}` is the name of {neighbor}, which has no label{}",
                        Mend::Write(&mend)
                    );
                    errors.push(label, problem);
                }
                (LayerKind::Path(_), _) if bare.ends_with(&other.to_string()) => {
                    let Some(ty) = &typed.ty else { continue };
                    let name = project(ty, "Layer", "NAME");
                    let arguments = quote!(#subject, #bare, #neighbor, #name, #other, #mend);
                    proofs.push(prove("label", None, &arguments, label));
                }
                _ => {}
            }
        }
    }
    proofs
}

/// What a layer of the library calls itself, if it is one.
fn keyword(layer: &Typed) -> Option<&str> {
    match &*layer.name {
        "reshape" | "flatten" if layer.input.same(&layer.output) == Some(true) => Some("identity"),
        "reshape" if matches!(layer.output, Shape::Flat(_)) => Some("flatten"),
        name => crate::check::meant(name),
    }
}

/// Reports labels in the body of a residual that are what its shortcut is called.
pub(crate) fn check_shortcut(blocks: &[Block], within: &str, errors: &mut Errors) {
    let [body, _, ..] = blocks else { return };
    for (number, layer) in (1..).zip(&body.layers) {
        let Some(label) = layer.label.as_ref().filter(|label| label.unraw() == "shortcut") else { continue };
        let (place, mend) = (Place { number, within }, another(label, number, &body.layers));
        let problem = format!("{place}: the label `{label}` is the name of the shortcut beside it");
        errors.push(label, format!("{problem}{}", Mend::Write(&mend)));
    }
}

#[cfg(test)]
mod tests {
    use syn::{Item, TraitItem};

    use super::*;

    /// The names of what a trait of the library declares.
    fn items(source: &str, name: &str) -> Vec<String> {
        let path = format!("{}/../src/{source}", env!("CARGO_MANIFEST_DIR"));
        let file = syn::parse_file(&std::fs::read_to_string(path).unwrap()).unwrap();
        let found = file.items.into_iter().find_map(|item| match item {
            Item::Trait(found) if found.ident == name => Some(found.items),
            _ => None,
        });
        let names = found.unwrap().into_iter().filter_map(|item| match item {
            TraitItem::Fn(function) => Some(function.sig.ident.to_string()),
            TraitItem::Const(constant) => Some(constant.ident.to_string()),
            _ => None,
        });
        names.collect()
    }

    #[test]
    fn everything_that_networks_have_is_listed() {
        let traits = [
            ("layer.rs", "Layer", 10),
            ("layer.rs", "Declared", 10),
            ("network.rs", "Network", 3),
            ("layers/labeled.rs", "Labels", 0),
        ];
        for (source, name, least) in traits {
            let items = items(source, name);
            assert!(items.len() > least, "{name}: {items:?}");
            for item in items {
                assert!(is_of_networks(&item), "`OF_NETWORKS` lacks `{name}::{item}`");
            }
        }
    }

    #[test]
    fn no_two_layers_of_a_sequence_have_one_name_of_their_own() {
        assert_eq!(own("dense", 12), "dense12");
        assert_ne!(own("Net1", 2), own("Net", 12));
        assert_ne!(own("Net1_", 2), own("Net1", 12));
    }
}
