//! Checks the rules of a network, one function for each rule.

use proc_macro2::{Delimiter, Ident, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::Path;
use syn::ext::IdentExt;

use crate::analyze::rules::step::Misfit;
use crate::analyze::shape::{Shape, shortcut_between};
use crate::analyze::size::{Size, Unwritable, computes_with};
use crate::analyze::typed::{self, Sequence, Typed};
use crate::keyword::{self, Composite, Keyword, find_composite, known};
use crate::library::{project, prove};
use crate::parse::ast::{Block, Call, Layer, LayerKind, Network};
use crate::report::{self, Errors, Mend, Place};
use crate::suggest::elsewhere::absent;
use crate::suggest::foreign::bare;
use crate::suggest::{meant, near};
use crate::tokens::{mentioned, text};

// The networks of one call.

/// Reports types in the place of layers that are named like layers of the library in other libraries: `ReLU`. Treats
/// each as the layer that is meant.
pub(crate) fn types_for_layers(networks: &mut [Network], errors: &mut Errors) {
    let declared: Vec<Ident> = networks.iter().map(|network| network.name.clone()).collect();
    for network in networks {
        types_for_layers_of(&mut network.layers, &declared, errors);
    }
}

fn types_for_layers_of(layers: &mut [Layer], declared: &[Ident], errors: &mut Errors) {
    for layer in layers {
        match &mut layer.kind {
            LayerKind::Keyword(call) => {
                call.blocks
                    .iter_mut()
                    .for_each(|block| types_for_layers_of(&mut block.layers, declared, errors));
            }
            LayerKind::Path(path) => {
                let Ok(word) = syn::parse2::<Ident>(path.clone()) else { continue };
                let name = word.to_string();
                let Some(meant) = bare(&name).filter(|_| !declared.contains(&word) && !known(&name)) else {
                    continue;
                };
                errors.push(
                    &word,
                    format!(
                        "`{word}` is no layer of the library{}, for those are in lower case\n\
                         note: a type of your own of this name is written by a path, `self::{word}`; one declared in a \
                         function needs another name",
                        Mend::Write(meant.name)
                    ),
                );
                let keyword = Ident::new(meant.name, word.span());
                let (arguments, blocks) = (Vec::new(), Vec::new());
                layer.kind = LayerKind::Keyword(Call { keyword, brackets: false, arguments, blocks });
            }
            LayerKind::Unreadable => {}
        }
    }
}

/// Reports each layer that closes a circle of networks, and treats it as unreadable. A network that contains itself is
/// reported elsewhere.
pub(crate) fn circles(networks: &mut [Network], errors: &mut Errors) {
    let names: Vec<Ident> = networks.iter().map(|network| network.name.clone()).collect();
    let mut seen = vec![Seen::No; networks.len()];
    for index in 0..networks.len() {
        look_into(index, &names, &mut seen, networks, errors);
    }
}

/// The state of the search through a network.
#[derive(Clone, Copy, PartialEq)]
enum Seen {
    /// The network has not been searched.
    No,
    /// The network is being searched.
    Within,
    /// The network has been searched completely.
    Entirely,
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

/// Applies an action to a layer and to those in its blocks.
fn each(layer: &mut Layer, act: &mut dyn FnMut(&mut Layer)) {
    act(layer);
    if let LayerKind::Keyword(call) = &mut layer.kind {
        for layer in call.blocks.iter_mut().flat_map(|block| &mut block.layers) {
            each(layer, act);
        }
    }
}

/// Returns the index of the network that a layer names.
fn named(layer: &Layer, names: &[Ident]) -> Option<usize> {
    let LayerKind::Path(path) = &layer.kind else { return None };
    names.iter().position(|name| is_named(path, name))
}

// A network.

/// Reports a network without layers.
pub(crate) fn has_layers(network: &Network, input: &Shape, output: &Shape, errors: &mut Errors) {
    if let (Some(body), []) = (&network.body, &network.layers[..]) {
        let layers = shortcut_between(input, output).map(|layers| format!("{{ {layers} }}"));
        let help = report::optional(layers.as_deref().map(Mend::Write));
        errors.push(body, format!("`{}` has no layers{help}", network.name));
    }
}

/// Compares the output of the last layer with the declared output. Returns a constant expression, which fails if they
/// differ, where only the compiler can compare them.
pub(crate) fn output(
    network: &Network,
    sequence: &Sequence,
    declared: &Shape,
    errors: &mut Errors,
) -> Option<TokenStream> {
    let Network { name, output: Some(blamed), .. } = network else { return None };
    let Sequence { output: gives, last, .. } = sequence;
    if matches!(declared, Shape::Unknown) || matches!(gives, Shape::Unknown) {
        return None;
    }
    match gives.same(declared) {
        Some(true) => None,
        Some(false) => {
            errors.push(
                &blamed.tokens,
                format!(
                    "`{name}` declares an output of {declared}, but its last layer, {last}, gives {gives}{}",
                    if gives.is_known() {
                        format!("{}, or {}", Mend::Write(&gives.declaration()), other_end(sequence, declared))
                    } else {
                        String::new()
                    }
                ),
            );
            None
        }
        None => {
            let (gives, declared, name) = (gives.ty()?, declared.ty()?, name.to_string());
            Some(prove("output", Some(quote!(#gives, #declared)), &quote!(#name, #last), &blamed.tokens))
        }
    }
}

/// Returns help for making the output of the layers equal to the declared shape.
fn other_end(sequence: &Sequence, declared: &Shape) -> String {
    let sized = sequence.layers.last().is_some_and(|last| matches!(&*last.name, "dense" | "reshape"));
    let numbers = |shape: &Shape| shape.len().ok().flatten().and_then(|len| len.known());
    let as_many = numbers(&sequence.output).is_some_and(|n| numbers(declared) == Some(n));
    match (&sequence.output, declared) {
        (Shape::Image(_), Shape::Flat(_)) if as_many => "add `flatten` at the end".to_owned(),
        (Shape::Image(_) | Shape::Flat(_), Shape::Flat(n)) if !sized => {
            let vector = matches!(sequence.output, Shape::Image(_));
            let vector = if vector { format!("{}, ", sequence.output.to_vector()) } else { String::new() };
            format!("add `{vector}dense({n})` at the end")
        }
        _ => "change the last layer".to_owned(),
    }
}

/// Reports each dropout at the end of the layers of a network.
pub(crate) fn last_dropout(layers: &[Layer], errors: &mut Errors) {
    ending(layers, "", true, errors);
}

/// Walks back from the end of some layers to the first one that computes new numbers, and reports it if it is a
/// dropout. Returns true if no layer computes new numbers, so that the layers pass on their input. `last` is true if
/// nothing follows the layers.
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
        let passes = match find_composite(&name) {
            Some(kind) => through_block(kind, &call.blocks, &place, last, errors),
            None => keyword::find(&name).is_some_and(|keyword| keyword.passes),
        };
        if !passes {
            return false;
        }
        last = false;
    }
    true
}

/// Does the same for a block: each of its parts ends where the block does.
fn through_block(kind: Composite, blocks: &[Block], place: &Place, last: bool, errors: &mut Errors) -> bool {
    let mut passes = !blocks.is_empty();
    for (index, block) in blocks.iter().enumerate() {
        let part = ending(&block.layers, &place.inside(&kind.part(index)), last, errors);
        // a branch that computes new numbers does not hide those that the others pass on
        passes = if kind.is_of_branches() && index > 0 { passes || part } else { passes && part };
    }
    passes
}

/// Returns the name of the dropout that a path names: `plywood::layers::Dropout<…>`. Under another path, a user's own
/// type may have that name.
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

/// The largest number of multiplications that a network may take for each example. The number of parameters is no
/// larger, so the bytes of the parameters with their gradients, in `f64`, are countable in 64 bits;
/// `plywood::proof::countable` has the same limit.
const MOST_WORK: u128 = 1 << 59;

/// Reports a layer with more multiplications, the product of some sizes, than can be counted. Returns the number of
/// multiplications as far as the macro knows it, and a proof where only the compiler does.
pub(crate) fn work(
    factors: &[Size],
    subject: &str,
    blamed: &Ident,
    errors: &mut Errors,
) -> (u128, Option<TokenStream>) {
    let product = |sizes: &mut dyn Iterator<Item = u64>| {
        sizes.fold(1_u128, |all, size| all.saturating_mul(size.into()))
    };
    let most = product(&mut factors.iter().map(|size| size.known().unwrap_or(Size::MAX)));
    if factors.is_empty() || most <= MOST_WORK {
        let all_known = !factors.is_empty() && factors.iter().all(|size| size.known().is_some());
        return (if all_known { most } else { 0 }, None);
    }
    if factors.iter().any(|size| size.known().is_none()) {
        let sizes = factors.iter().map(Size::value);
        return (0, Some(prove("countable", None, &quote!(#subject, &[#(#sizes),*]), blamed)));
    }
    too_much_work(subject, most, blamed, errors);
    (0, None)
}

/// Reports a network that takes too many multiplications, although none of its layers does alone.
pub(crate) fn total_work(name: &Ident, layers: &[Typed], errors: &mut Errors) {
    let all = typed::work(layers);
    if all > MOST_WORK {
        too_much_work(&format!("`{name}`"), all, name, errors);
    }
}

fn too_much_work(subject: &str, found: u128, blamed: &Ident, errors: &mut Errors) {
    let problem = format!("{subject} takes {found} multiplications for each example");
    errors.push(blamed, format!("{problem}, but at most {MOST_WORK} can be counted"));
}

// A layer.

/// Returns a layer's keyword. Reports a word that is not a keyword, and returns the one that was probably meant.
pub(crate) fn keyword(call: &Call, place: &Place, errors: &mut Errors) -> Option<&'static str> {
    let name = call.keyword.to_string();
    let meant = meant(&name);
    let near = near(&name).is_some();
    let absent = absent(&name);
    if !known(&name) {
        let help = match meant {
            Some(meant) if near => Mend::Meant(meant).to_string(),
            Some(meant) => Mend::Write(meant).to_string(),
            None if absent.is_some() => absent.unwrap_or_default(),
            None => {
                let known: Vec<_> = keyword::names().collect();
                let own = "a layer of your own is named by its type: `MyLayer<64>`";
                format!("\nnote: {own}\nknown layers: {}", known.join(", "))
            }
        };
        errors.push(&call.keyword, format!("{place}: there is no layer `{name}`{help}"));
    }
    meant
}

/// Checks that a layer without blocks is not given any.
pub(crate) fn blocks(call: &Call, keyword: &Keyword, place: &Place, errors: &mut Errors) {
    if let Some(block) = call.blocks.first() {
        errors.push(
            block.tokens(),
            format!("{} takes no block in braces{}", place.of(keyword.name), Mend::Remove),
        );
    }
}

/// Checks that a block has the required number of pairs of braces, and the words before them.
pub(crate) fn parts(call: &Call, kind: Composite, place: &Place, errors: &mut Errors) {
    let Call { keyword, blocks, .. } = call;
    let subject = place.of(kind.name());
    if blocks.len() < *kind.blocks().start() {
        errors.push(
            keyword,
            format!(
                "{subject} {}: found one{}\nnote: each {} stands in braces of its own: `{}`",
                if let Composite::Concat = kind {
                    "joins at least two branches"
                } else {
                    "has at least two blocks"
                },
                Mend::AfterBraces("{ LAYERS }"),
                if let Composite::Concat = kind { "branch" } else { "block" },
                kind.usage()
            ),
        );
    }
    for (index, block) in (0..).zip(blocks) {
        let expected = matches!(kind, Composite::Residual) && index == 1;
        match &block.word {
            _ if index >= *kind.blocks().end() => {
                errors.push(block.tokens(), format!("{subject} has a block too many{}", Mend::Remove));
            }
            Some(word) if expected && word == "shortcut" => {}
            Some(word) if expected => {
                let mend = Mend::Write("shortcut");
                errors.push(word, format!("{subject}: expected `shortcut`, found `{word}`{mend}"));
            }
            None if expected => errors.push(
                &block.braces,
                format!(
                    "{subject}: expected `shortcut` before its second block, found `{{`{}",
                    Mend::Before("shortcut")
                ),
            ),
            Some(word) => errors.push(
                word,
                format!("{subject}: no word stands before this block, found `{word}`{}", Mend::Remove),
            ),
            None => {}
        }
    }
    if let Composite::Residual = kind {
        shortcut_label(blocks, &place.inside(&kind.part(0)), errors);
    }
}

/// Reports a layer that does not fit.
pub(crate) fn misfit(before: &[Typed], subject: &str, call: &Call, misfit: Misfit, errors: &mut Errors) {
    match misfit {
        Misfit::Shape(reason) => errors.push(&call.keyword, format!("{subject} {reason}")),
        Misfit::Vector(len) => {
            let vector_from_image =
                |layer: &Typed| matches!((&layer.input, &layer.output), (Shape::Image(_), Shape::Flat(_)));
            let help = match before.iter().rposition(vector_from_image) {
                Some(index) => format!(
                    "\nnote: layer {} `{}` makes a vector of the image: this layer stands before it",
                    index + 1,
                    before[index].name
                ),
                None => Mend::BeforeLayer("reshape(HEIGHT, WIDTH, CHANNELS)").to_string(),
            };
            let problem = format!("{subject} takes an image, but what reaches it is a vector of {len}{help}");
            errors.push(&call.keyword, problem);
        }
        Misfit::Argument(tokens, reason) => errors.push(tokens, format!("{subject}: {reason}")),
        Misfit::Size(Unwritable::Param(param)) => errors.push(&param, computes_with(&param)),
        Misfit::Size(Unwritable::Behind { layer, param }) => {
            let mend = Mend::BeforeLayer("reshape(SHAPE)");
            errors.push(
                &call.keyword,
                format!(
                    "{subject} computes with the shape that `{layer}` gives, and Rust cannot yet compute with \
                     its parameter `{param}`{mend}, which says the shape"
                ),
            );
        }
        // no declared shape overflows, and layers that make a larger one report it themselves
        Misfit::Size(Unwritable::Overflow) => {}
    }
}

/// Reports a path that cannot be that of a layer in a network of this name; returns true if it can.
pub(crate) fn path(
    path: &TokenStream,
    network: &Ident,
    params: &[Ident],
    place: &Place,
    errors: &mut Errors,
) -> bool {
    let written = text(path.clone());
    if let Some(this) = path.clone().into_iter().next().filter(|first| first.to_string() == "Self") {
        errors.push(
            this,
            format!(
                "{place}: found `{written}`: `Self` is no type in a network, which is an item of its own\n\
                 note: a layer is named by its type"
            ),
        );
        return false;
    }
    if is_named(path, network) {
        errors.push(
            path,
            format!(
                "{place}: `{written}` is the network itself\n\
                 note: layers that come again are written `repeat(3) {{ … }}`"
            ),
        );
        return false;
    }
    if let Some(param) = computed(path, params) {
        errors.push(&param, computes_with(&param));
        return false;
    }
    true
}

/// Returns true if a path is this name, whatever its parameters.
fn is_named(path: &TokenStream, name: &Ident) -> bool {
    let mut tokens = path.clone().into_iter();
    let first = tokens.next().is_some_and(|token| matches!(token, TokenTree::Ident(ident) if ident == *name));
    first
        && !tokens
            .next()
            .is_some_and(|token| matches!(token, TokenTree::Punct(punct) if punct.as_char() == ':'))
}

/// Returns the parameter in a calculation among the sizes of a path, `Gain<{ 2 * N }>`, if there is one.
fn computed(path: &TokenStream, params: &[Ident]) -> Option<Ident> {
    path.clone().into_iter().find_map(|token| {
        let TokenTree::Group(group) = token else { return None };
        let tokens: Vec<TokenTree> = group.stream().into_iter().collect();
        let is_semicolon =
            |token: &TokenTree| matches!(token, TokenTree::Punct(sign) if sign.as_char() == ';');
        let size = match group.delimiter() {
            Delimiter::Brace => Some(0),
            // `[T; LENGTH]`
            Delimiter::Bracket => tokens.iter().rposition(is_semicolon).map(|semicolon| semicolon + 1),
            // `(A, B)`, and a fragment of the user's own macro
            Delimiter::Parenthesis | Delimiter::None => None,
        };
        let (types, size) = tokens.split_at(size.unwrap_or(tokens.len()));
        computed(&types.iter().cloned().collect(), params).or_else(|| computed_size(size, params))
    })
}

/// Returns the parameter in a calculated size: `2 * N`, but not `N`.
fn computed_size(size: &[TokenTree], params: &[Ident]) -> Option<Ident> {
    match size {
        [TokenTree::Group(group)] => {
            let inner: Vec<TokenTree> = group.stream().into_iter().collect();
            computed_size(&inner, params)
        }
        [] | [_] => None,
        _ => mentioned(size.iter().cloned().collect(), params),
    }
}

// Labels.

/// Checks that the labels of adjacent layers are distinct names.
pub(crate) fn labels(layers: &[Layer], within: &str, errors: &mut Errors) {
    let mut seen: Vec<(&Ident, usize)> = Vec::new();
    for (number, layer) in (1..).zip(layers) {
        let Some(label) = &layer.label else { continue };
        let place = Place { number, within };
        let other = another(label, number, layers);
        let mend = Mend::Write(&other);
        let bare = label.unraw().to_string();
        if known(&bare) {
            errors.push(label, format!("{place}: the label `{label}` is the name of a layer{mend}"));
        } else if within.is_empty() && is_of_networks(&bare) {
            let problem = "is the name of something that every network has";
            errors.push(label, format!("{place}: the label `{label}` {problem}{mend}"));
        } else if let Some((_, first)) = seen.iter().find(|(seen, _)| seen.unraw() == label.unraw()) {
            errors
                .push(label, format!("{place}: the label `{label}` is that of layer {first} already{mend}"));
        } else {
            seen.push((label, number));
        }
    }
}

/// Reports labels in the body of a residual that equal the name of its shortcut.
fn shortcut_label(blocks: &[Block], within: &str, errors: &mut Errors) {
    let [body, _, ..] = blocks else { return };
    for (number, layer) in (1..).zip(&body.layers) {
        let Some(label) = layer.label.as_ref().filter(|label| label.unraw() == "shortcut") else { continue };
        let (place, mend) = (Place { number, within }, another(label, number, &body.layers));
        let problem = format!("{place}: the label `{label}` is the name of the shortcut beside it");
        errors.push(label, format!("{problem}{}", Mend::Write(&mend)));
    }
}

/// Reports labels that equal the names of unlabeled layers beside them. Only the compiler knows the name of a user's
/// own layer: returns constant expressions that fail where it equals a label.
pub(crate) fn names(
    layers: &[Layer],
    typed: &[Typed],
    within: &str,
    errors: &mut Errors,
) -> Vec<TokenStream> {
    let mut proofs = Vec::new();
    let numbered = || (1_usize..).zip(layers.iter().zip(typed));
    for (number, (layer, this)) in numbered() {
        let Some(label) = &layer.label else { continue };
        let subject = Place { number, within }.of(&this.name);
        let (mend, bare) = (another(label, number, layers), label.unraw().to_string());
        for (other, (unlabeled, typed)) in numbered().filter(|(_, (layer, _))| layer.label.is_none()) {
            let neighbor = Place { number: other, within: "" }.of(&typed.name);
            match (&unlabeled.kind, called(typed)) {
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

/// Returns the name of a layer of the library; `None` for other layers.
fn called(layer: &Typed) -> Option<&str> {
    match &*layer.name {
        "reshape" | "flatten" if layer.input.same(&layer.output) == Some(true) => Some("identity"),
        "reshape" if matches!(layer.output, Shape::Flat(_)) => Some("flatten"),
        name => meant(name),
    }
}

/// Returns the name of a layer without a label.
fn own(name: &str, number: usize) -> String {
    // the same rule as in `Outline`
    let between = if name.ends_with(|letter: char| letter.is_ascii_digit()) { "_" } else { "" };
    format!("{name}{between}{number}")
}

/// Returns an alternative to a label.
fn another(label: &Ident, number: usize, layers: &[Layer]) -> String {
    let label = label.unraw();
    let taken = |free: &String| {
        layers.iter().filter_map(|layer| layer.label.as_ref()).any(|label| label.unraw() == free)
    };
    let mut free = (number..).map(|number| format!("{label}_{number}")).filter(|free| !taken(free));
    free.next().unwrap_or_default()
}

/// Returns true if every network has an item of this name.
pub(crate) fn is_of_networks(word: &str) -> bool {
    OF_NETWORKS.contains(&word)
}

/// The items that every network has: a label of a network becomes a function beside these, and would be called instead
/// of them.
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
    "PRESERVES_DY",
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

#[cfg(test)]
mod tests {
    use super::*;
    use syn::{Item, TraitItem};

    /// Returns the names of the items that a trait of the library declares.
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
            ("core/layer.rs", "Layer", 10),
            ("core/layer.rs", "Declared", 10),
            ("networks/mod.rs", "Network", 3),
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
