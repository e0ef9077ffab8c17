//! Walks through a network and infers the shape that reaches each layer, and so the type of the layer.
//!
//! Each stage of the walk has a file of its own: sizes and shapes, the values of arguments, the assignment of arguments
//! to parameters, the rules by which layers change shapes, blocks, and the rule book `check`.

pub(crate) mod arguments;
pub(crate) mod blocks;
pub(crate) mod check;
pub(crate) mod rules;
pub(crate) mod shape;
pub(crate) mod size;
pub(crate) mod typed;
pub(crate) mod value;

use proc_macro2::{Delimiter, Group, Ident, TokenStream, TokenTree};
use quote::{ToTokens, quote};

use crate::analyze::blocks::{Branch, Site};
use crate::analyze::shape::{PathLayer, Shape};
use crate::analyze::size::{Size, Unwritable};
use crate::analyze::typed::{Sequence, Typed, foreign, tree, work};
use crate::analyze::value::Values;
use crate::keyword::{self, Composite, Folding, Keyword, find_composite};
use crate::library;
use crate::parse::ast::{self, Call, LayerKind, Network, ShapeForm, ShapeKind};
use crate::report::{Errors, Place};
use crate::tokens::{Extent, mentioned, text};

/// A network whose types are known.
pub(crate) struct Inferred {
    /// The input shape.
    pub(crate) input: Shape,
    /// The output shape.
    pub(crate) output: Shape,
    /// True if the last layer visibly gives the output shape.
    pub(crate) output_proved: bool,
    /// The layers of the network.
    pub(crate) layers: Vec<Typed>,
    /// The labels of the layers, including those in blocks.
    pub(crate) labels: Vec<Ident>,
    /// The paths of layers that no type mentions, because the same path also occurs elsewhere.
    pub(crate) again: Vec<TokenStream>,
    /// The constants that the types mention.
    pub(crate) constants: Vec<TokenStream>,
    /// The constant expressions that fail where something does not fit that the macro could not check.
    pub(crate) proofs: Vec<TokenStream>,
}

/// Infers the types of a network.
pub(crate) fn network(network: &Network, errors: &mut Errors) -> Inferred {
    let mut values = Values::new(network);
    let mut proofs = Vec::new();
    let input = declared(network.input.as_ref(), &mut values, &mut proofs, errors);
    let output = declared(network.output.as_ref(), &mut values, &mut proofs, errors);

    let mut walk = Walk {
        name: network.name.clone(),
        this: network.this(),
        values,
        labels: Vec::new(),
        paths: Vec::new(),
        again: Vec::new(),
        proofs,
    };
    let before = "the network's input".to_owned();
    let sequence = walk.sequence(&network.layers, input.clone(), "", before, errors);
    check::has_layers(network, &input, &output, errors);
    if network.body.is_some() && !network.layers.is_empty() {
        walk.proofs.extend(check::output(network, &sequence, &output, errors));
    }
    check::total_work(&network.name, &sequence.layers, errors);
    check::last_dropout(&network.layers, errors);
    Inferred {
        input,
        output_proved: sequence.output.same(&output) == Some(true),
        output: if let Shape::Unknown = output { sequence.output } else { output },
        layers: sequence.layers,
        labels: walk.labels,
        again: walk.again,
        constants: walk.values.constants.into_iter().map(|(_, declaration)| declaration).collect(),
        proofs: walk.proofs,
    }
}

/// Returns the shape that a declaration states.
fn declared(
    shape: Option<&ast::Shape>,
    values: &mut Values,
    proofs: &mut Vec<TokenStream>,
    errors: &mut Errors,
) -> Shape {
    let Some(shape) = shape else { return Shape::Unknown };
    let (kind, sizes) = match &shape.form {
        ShapeForm::Single(kind, sizes) => (kind, sizes),
        ShapeForm::Pair(parts) => {
            let [first, second] = parts.each_ref().map(|part| declared(Some(part), values, proofs, errors));
            let pair = Shape::pair(first, second);
            if let Err(Unwritable::Overflow) = pair.len() {
                let problem = format!("a shape has at most {} numbers: found {pair}", Size::MAX);
                errors.push(&shape.tokens, problem);
                return Shape::Unknown;
            }
            return pair;
        }
    };
    let names: &[&str] = match kind {
        ShapeKind::Flat => &["`Flat`: the size"],
        ShapeKind::Image => &["`Image`: the height", "`Image`: the width", "`Image`: the number of channels"],
    };
    let sizes: Vec<Option<Size>> =
        sizes.iter().zip(names).map(|(size, name)| values.size(size, name, errors)).collect();
    let inferred = match &sizes[..] {
        [Some(n)] => Shape::Flat(n.clone()),
        [Some(h), Some(w), Some(c)] => Shape::Image([h.clone(), w.clone(), c.clone()]),
        _ => return Shape::Unknown,
    };
    match inferred.len() {
        Err(Unwritable::Overflow) => {
            errors
                .push(&shape.tokens, format!("a shape has at most {} numbers: found {inferred}", Size::MAX));
            return Shape::Unknown;
        }
        _ => proofs.extend(prove_shape(&inferred, "", &shape.tokens)),
    }
    inferred
}

/// Leaves the check whether a shape has too many numbers to the compiler, where only it can tell.
fn prove_shape(shape: &Shape, subject: &str, blamed: impl ToTokens) -> Option<TokenStream> {
    (!is_counted(shape)).then(|| library::prove("shape", shape.ty(), &quote!(#subject), blamed))
}

/// Returns true if the macro counts the numbers of a shape, or a part of the library does.
fn is_counted(shape: &Shape) -> bool {
    match shape {
        // each size has a separate proof
        Shape::Flat(size) => size.param().is_none(),
        Shape::Image(sides) => sides.iter().all(|side| side.known().is_some()),
        Shape::Pair(parts) => parts.iter().all(is_counted),
        Shape::Of(_) | Shape::Unknown => true,
    }
}

/// A walk through the layers of a network, with everything that it gathers.
struct Walk<'a> {
    /// The network's name.
    name: Ident,
    /// The network's type.
    this: TokenStream,
    /// The reader of values.
    values: Values<'a>,
    /// The labels found so far.
    labels: Vec<Ident>,
    /// The paths of layers found so far: their text, and the tokens of their first occurrence.
    paths: Vec<(String, TokenStream)>,
    /// The paths that also occur elsewhere.
    again: Vec<TokenStream>,
    /// The constant expressions that fail where something does not fit.
    proofs: Vec<TokenStream>,
}

impl Walk<'_> {
    /// Infers layers one after another. `within` names the block that contains them, if any, and `before` the layer
    /// before them.
    fn sequence(
        &mut self,
        layers: &[ast::Layer],
        input: Shape,
        within: &str,
        before: String,
        errors: &mut Errors,
    ) -> Sequence {
        check::labels(layers, within, errors);
        let mut sequence = Sequence { layers: Vec::new(), output: input, last: before };
        for (number, layer) in (1..).zip(layers) {
            let place = Place { number, within };
            let typed = self.layer(&place, layer, &sequence, errors);
            sequence.output = typed.output.clone();
            sequence.last = place.of(&typed.name);
            sequence.layers.push(typed);
        }
        self.proofs.extend(check::names(layers, &sequence.layers, within, errors));
        sequence
    }

    fn layer(&mut self, place: &Place, layer: &ast::Layer, before: &Sequence, errors: &mut Errors) -> Typed {
        let mut typed = Typed {
            label: layer.label.clone().map(|label| (label, self.labels.len())),
            name: String::new(),
            input: before.output.clone(),
            output: Shape::Unknown,
            ty: None,
            likely: None,
            adapted: false,
            in_place: false,
            folding: Folding::Nothing,
            work: 0,
            foreign: None,
        };
        self.labels.extend(layer.label.clone());
        match &layer.kind {
            LayerKind::Keyword(call) => {
                typed.name = call.keyword.to_string();
                let name = check::keyword(call, place, errors);
                if let Some(kind) = name.and_then(find_composite) {
                    let mistakes = errors.len();
                    let block = self.block(&Site { kind, call, place, input: &before.output }, errors);
                    // a block with mistakes may not be a layer
                    typed.ty = block.ty.filter(|_| errors.len() == mistakes);
                    typed.output = block.output;
                    // a proof compares both parts
                    typed.adapted = matches!((kind, &before.output), (Composite::Shared, Shape::Of(_)))
                        && typed.ty.is_some();
                    typed.foreign = block.foreign;
                    typed.work = block.work;
                } else if let Some(keyword) = name.and_then(keyword::find) {
                    self.keyword(keyword, call, place, &mut typed, before, errors);
                }
            }
            LayerKind::Path(path) => {
                typed.name = text(path.clone());
                if !check::path(path, &self.name, self.values.params, place, errors) {
                    return typed;
                }
                // a path that is not a layer has no layer type, and nothing that depends on the type is in error as
                // well, not even where the path occurs again, since the type has the place of the first occurrence
                let first = self.first(path, &typed.name);
                let ty = library::named(&params_in_braces(&first, self.values.params));
                typed.ty = Some(ty.clone());
                typed.adapted = true;
                typed.foreign = Some(Extent::of(&first));
                let param = mentioned(path.clone(), self.values.params);
                typed.output = Shape::Of(PathLayer::new(&ty, typed.name.clone(), param));
                self.prove_input(place, &typed, &before.last, path);
            }
            LayerKind::Unreadable => {}
        }
        typed
    }

    /// Infers the types of the layers in a block, and the type of the block.
    fn block(&mut self, site: &Site, errors: &mut Errors) -> Branch {
        if let Some(nothing) = site.without_blocks(errors) {
            return nothing;
        }
        let copies = site.copies(&mut self.values, errors);
        check::parts(site.call, site.kind, site.place, errors);
        let inputs = site.inputs(&mut self.proofs, errors);
        let branches = (0..).zip(&site.call.blocks).zip(&inputs).take(*site.kind.blocks().end());
        let branches = branches.map(|((index, block), input)| {
            site.without_layers(index, input, block, errors)
                .unwrap_or_else(|| self.branch(site, index, input, block, errors))
        });
        let branches = branches.collect();
        site.combine(copies, branches, &mut self.proofs, errors)
    }

    /// Walks through the layers of one part of a block.
    fn branch(
        &mut self,
        site: &Site,
        index: usize,
        input: &Shape,
        block: &ast::Block,
        errors: &mut Errors,
    ) -> Branch {
        let part = site.kind.part(index);
        let before = format!("the input of {part} at {}", site.place);
        let within = site.place.inside(&part);
        let sequence = self.sequence(&block.layers, input.clone(), &within, before, errors);
        Branch {
            ty: tree(&sequence.layers, &self.this),
            foreign: foreign(&sequence.layers),
            work: work(&sequence.layers),
            output: sequence.output,
        }
    }

    /// Returns the tokens of the first occurrence of a path.
    fn first(&mut self, path: &TokenStream, written: &str) -> TokenStream {
        let first = self.paths.iter().find(|(other, _)| other == written).map(|(_, first)| first.clone());
        first.map_or_else(
            || {
                self.paths.push((written.to_owned(), path.clone()));
                path.clone()
            },
            |first| {
                self.again.push(path.clone());
                first
            },
        )
    }

    /// Infers a layer of the library that does not consist of others.
    fn keyword(
        &mut self,
        keyword: &Keyword,
        call: &Call,
        place: &Place,
        typed: &mut Typed,
        before: &Sequence,
        errors: &mut Errors,
    ) {
        check::blocks(call, keyword, place, errors);
        let mut arguments = arguments::read(call, keyword, place, &typed.input, &mut self.values, errors);
        typed.in_place = keyword.in_place;
        typed.folding = keyword.folding;
        let step = rules::apply(keyword.rule, &typed.input, &mut arguments);
        let ty = library::layer(keyword.ty, call.keyword.span());
        if step.generics.is_none() && typed.label.is_some() {
            let some = Size::Known(1);
            let likely = [Shape::Flat(some.clone()), Shape::Image([(); 3].map(|()| some.clone()))]
                .iter()
                .find_map(|input| rules::apply(keyword.rule, input, &mut arguments).generics);
            typed.likely = likely.map(|generics| quote!(#ty<#generics>));
        }
        typed.ty = step.generics.map(|generics| quote!(#ty<#generics>));
        typed.output = step.output;
        typed.adapted = step.adapted;
        let (work, countable) = check::work(&step.work, &place.of(keyword.name), &call.keyword, errors);
        typed.work = work;
        self.proofs.extend(step.proofs);
        self.proofs.extend(countable);
        if typed.output.same(&typed.input) != Some(true) {
            self.proofs.extend(prove_shape(&typed.output, &place.of(keyword.name), &call.keyword));
        }
        if step.adapted {
            self.prove_input(place, typed, &before.last, &call.keyword);
        }
        if let Some(misfit) = step.misfit {
            check::misfit(&before.layers, &place.of(keyword.name), call, misfit, errors);
        }
    }

    /// Leaves the check whether a layer takes the shape that reaches it to the compiler.
    fn prove_input(&mut self, place: &Place, layer: &Typed, before: &str, blamed: impl ToTokens) {
        if let (Some(shape), Some(ty)) = (layer.input.ty(), &layer.ty) {
            let subject = place.of(&layer.name);
            let takes = library::project(ty, "Layer", "In");
            let types = quote!(#shape, #takes);
            self.proofs.push(library::prove("input", Some(types), &quote!(#subject, #before), blamed));
        }
    }
}

/// Returns a path with those arguments that are parameters of the network in braces: a type of the same name is not
/// meant.
fn params_in_braces(path: &TokenStream, params: &[Ident]) -> TokenStream {
    let tokens: Vec<TokenTree> = path.clone().into_iter().collect();
    let is = |token: Option<&TokenTree>, signs: [char; 2]| matches!(token, Some(TokenTree::Punct(sign)) if signs.contains(&sign.as_char()));
    let alone =
        |at: usize| at > 0 && is(tokens.get(at - 1), ['<', ',']) && is(tokens.get(at + 1), ['>', ',']);
    let braced = tokens.iter().enumerate().map(|(at, token)| match token {
        TokenTree::Ident(param) if params.contains(param) && alone(at) => {
            let mut braces = Group::new(Delimiter::Brace, token.to_token_stream());
            braces.set_span(param.span());
            braces.into()
        }
        token => token.clone(),
    });
    braced.collect()
}
