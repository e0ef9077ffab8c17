//! The walk through a network: which shape reaches each layer, and so which type it is.

use proc_macro2::{Delimiter, Group, Ident, TokenStream, TokenTree};
use quote::{ToTokens, quote};

use crate::ast::{self, Call, LayerKind, Network, ShapeKind};
use crate::block_kind;
use crate::blocks::Site;
use crate::check;
use crate::errors::Errors;
use crate::extent::Extent;
use crate::krate;
use crate::last;
use crate::mend::{self, Mend};
use crate::names;
use crate::parse_layers::mentioned;
use crate::place::Place;
use crate::shape::{PathLayer, Shape};
use crate::shortcut::shortcut_between;
use crate::size::{Size, Unwritable};
use crate::table::{self, Folding, Misfit};
use crate::text::text;
use crate::value::{Values, computes_with};

/// A network whose types are known.
pub(crate) struct Inferred {
    /// What it takes.
    pub(crate) input: Shape,
    /// What it gives.
    pub(crate) output: Shape,
    /// Whether the last layer visibly gives it.
    pub(crate) output_proved: bool,
    /// Its layers.
    pub(crate) layers: Vec<Typed>,
    /// The labels of its layers, those in blocks included.
    pub(crate) labels: Vec<Ident>,
    /// Paths of layers that no type mentions, for the same path stands elsewhere too.
    pub(crate) again: Vec<TokenStream>,
    /// Constants that the types mention.
    pub(crate) constants: Vec<TokenStream>,
    /// Constant expressions that fail where the macro could not tell whether something fits.
    pub(crate) proofs: Vec<TokenStream>,
}

/// A layer whose type is known.
pub(crate) struct Typed {
    /// Its label, and the number of that among the labels of the network, from 0.
    pub(crate) label: Option<(Ident, usize)>,
    /// What messages and documentation call it: `dense`, `MyLayer<64>`.
    pub(crate) name: String,
    /// What reaches it.
    pub(crate) input: Shape,
    /// What it gives.
    pub(crate) output: Shape,
    /// Its type; `None` after a mistake.
    pub(crate) ty: Option<TokenStream>,
    /// A type of the same kind where a mistake has hidden what reaches the layer.
    pub(crate) likely: Option<TokenStream>,
    /// Whether the type's input is not visibly the shape that reaches it.
    pub(crate) adapted: bool,
    /// Whether it has no parameters, and forms a group with the layer before it.
    pub(crate) in_place: bool,
    /// Whether it forms a group with a layer before it that absorbs it, or absorbs one behind it.
    pub(crate) folding: Folding,
    /// From the first path that it is, or is made of, to the last.
    pub(crate) foreign: Option<Extent>,
}

/// Layers, one behind the other.
pub(crate) struct Sequence {
    /// The layers.
    pub(crate) layers: Vec<Typed>,
    /// What they give.
    pub(crate) output: Shape,
    /// The last of them, for messages.
    last: String,
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
    match (&network.body, &network.output) {
        (Some(body), _) if network.layers.is_empty() => {
            let name = &network.name;
            let layers = shortcut_between(&input, &output).map(|layers| format!("{{ {layers} }}"));
            let help = mend::optional(layers.as_deref().map(Mend::Write));
            errors.push(body, format!("`{name}` has no layers{help}"));
        }
        (Some(_), Some(declared)) => walk.output(&network.name, &sequence, &output, declared, errors),
        _ => {}
    }
    last::check(&network.layers, errors);
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

/// The shape that a declaration states.
fn declared(
    shape: Option<&ast::Shape>,
    values: &mut Values,
    proofs: &mut Vec<TokenStream>,
    errors: &mut Errors,
) -> Shape {
    let Some(shape) = shape else { return Shape::Unknown };
    let names: &[&str] = match shape.kind {
        ShapeKind::Flat => &["`Flat`: the size"],
        ShapeKind::Image => &["`Image`: the height", "`Image`: the width", "`Image`: the number of channels"],
    };
    let sizes: Vec<Option<Size>> =
        shape.sizes.iter().zip(names).map(|(size, name)| values.size(size, name, errors)).collect();
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

/// Leaves it to the compiler whether a shape has too many numbers, where only it knows.
fn prove_shape(shape: &Shape, subject: &str, blamed: impl ToTokens) -> Option<TokenStream> {
    let known = match shape {
        // each size is proved by itself
        Shape::Flat(size) => size.param().is_none(),
        Shape::Image(sides) => sides.iter().all(|side| side.known().is_some()),
        Shape::Of(_) | Shape::Unknown => true,
    };
    (!known).then(|| krate::prove("shape", shape.ty(), &quote!(#subject), blamed))
}

/// What a walk through the layers of a network gathers.
pub(crate) struct Walk<'a> {
    /// The network's name.
    name: Ident,
    /// The network's type.
    pub(crate) this: TokenStream,
    /// Reads the values.
    pub(crate) values: Values<'a>,
    /// The labels so far.
    labels: Vec<Ident>,
    /// The paths of layers so far: how each is written, and where for the first time.
    paths: Vec<(String, TokenStream)>,
    /// The paths that stand elsewhere too.
    again: Vec<TokenStream>,
    /// Constant expressions that fail where something does not fit.
    pub(crate) proofs: Vec<TokenStream>,
}

impl Walk<'_> {
    /// Layers, one behind the other. `within` says of which block, if any, and `before` what stands before them.
    pub(crate) fn sequence(
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
        self.proofs.extend(names::check(layers, &sequence.layers, within, errors));
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
            foreign: None,
        };
        self.labels.extend(layer.label.clone());
        match &layer.kind {
            LayerKind::Keyword(call) => {
                typed.name = call.keyword.to_string();
                let name = check::keyword(call, place, errors);
                if let Some(kind) = name.and_then(block_kind::find) {
                    let mistakes = errors.len();
                    let block = Site { kind, call, place, input: &before.output }.infer(self, errors);
                    // what is built of mistakes may be no layer
                    typed.ty = block.ty.filter(|_| errors.len() == mistakes);
                    typed.output = block.output;
                    typed.foreign = block.foreign;
                } else if let Some(keyword) = name.and_then(table::find) {
                    self.keyword(keyword, call, place, &mut typed, before, errors);
                }
            }
            LayerKind::Path(path) => {
                typed.name = text(path.clone());
                if let Some(this) =
                    path.clone().into_iter().next().filter(|first| first.to_string() == "Self")
                {
                    let found = format!("{place}: found `{}`: `Self` is no type in a network", typed.name);
                    errors.push(
                        this,
                        format!("{found}, which is an item of its own\nnote: a layer is named by its type"),
                    );
                    return typed;
                }
                if is_named(path, &self.name) {
                    let found = format!("{place}: `{}` is the network itself", typed.name);
                    errors.push(
                        path,
                        format!("{found}\nnote: layers that come again are written `repeat(3) {{ … }}`"),
                    );
                    return typed;
                }
                if let Some(param) = computed(path, self.values.params) {
                    errors.push(&param, computes_with(&param));
                    return typed;
                }
                // what is no layer has no type as one, and nothing that goes by it is in error as well: not where it
                // is named again either, for that type lies where the first one does
                let first = self.first(path, &typed.name);
                let ty = krate::named(&params_in_braces(&first, self.values.params));
                typed.ty = Some(ty.clone());
                typed.adapted = true;
                typed.foreign = Some(Extent::of(&first));
                typed.output = Shape::Of(PathLayer {
                    ty,
                    text: typed.name.clone(),
                    param: mentioned(path.clone(), self.values.params),
                });
                self.prove_input(place, &typed, &before.last, path);
            }
            LayerKind::Unreadable => {}
        }
        typed
    }

    /// The tokens of a path where it stands for the first time.
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

    /// A layer of the library that does not consist of others.
    fn keyword(
        &mut self,
        keyword: &table::Keyword,
        call: &Call,
        place: &Place,
        typed: &mut Typed,
        before: &Sequence,
        errors: &mut Errors,
    ) {
        check::blocks(call, keyword, place, errors);
        let mut arguments = check::arguments(call, keyword, place, &typed.input, &mut self.values, errors);
        typed.in_place = keyword.in_place;
        typed.folding = keyword.folding;
        let step = (keyword.rule)(&typed.input, &mut arguments);
        let ty = krate::layer(keyword.ty, call.keyword.span());
        if step.generics.is_none() && typed.label.is_some() {
            let some = Size::Known(1);
            let likely = [Shape::Flat(some.clone()), Shape::Image([(); 3].map(|()| some.clone()))]
                .iter()
                .find_map(|input| (keyword.rule)(input, &mut arguments).generics);
            typed.likely = likely.map(|generics| quote!(#ty<#generics>));
        }
        typed.ty = step.generics.map(|generics| quote!(#ty<#generics>));
        typed.output = step.output;
        typed.adapted = step.adapted;
        self.proofs.extend(step.proofs);
        if typed.output.same(&typed.input) != Some(true) {
            self.proofs.extend(prove_shape(&typed.output, &place.of(keyword.name), &call.keyword));
        }
        if step.adapted {
            self.prove_input(place, typed, &before.last, &call.keyword);
        }
        if let Some(misfit) = step.misfit {
            before.misfit(&place.of(keyword.name), call, misfit, errors);
        }
    }

    /// Leaves it to the compiler whether a layer takes what reaches it.
    fn prove_input(&mut self, place: &Place, layer: &Typed, before: &str, blamed: impl ToTokens) {
        if let (Some(shape), Some(ty)) = (layer.input.ty(), &layer.ty) {
            let subject = place.of(&layer.name);
            let takes = krate::project(ty, "Layer", "In");
            let types = quote!(#shape, #takes);
            self.proofs.push(krate::prove("input", Some(types), &quote!(#subject, #before), blamed));
        }
    }

    /// Compares what the last layer gives with what is declared.
    fn output(
        &mut self,
        name: &Ident,
        sequence: &Sequence,
        declared: &Shape,
        blamed: &ast::Shape,
        errors: &mut Errors,
    ) {
        let Sequence { output: gives, last, .. } = sequence;
        if matches!(declared, Shape::Unknown) || matches!(gives, Shape::Unknown) {
            return;
        }
        match gives.same(declared) {
            Some(true) => {}
            Some(false) => errors.push(
                &blamed.tokens,
                format!(
                    "`{name}` declares an output of {declared}, but its last layer, {last}, gives {gives}{}, or {}",
                    Mend::Write(&gives.declaration()),
                    sequence.other_end(declared)
                ),
            ),
            None => {
                if let (Some(gives), Some(declared)) = (gives.ty(), declared.ty()) {
                    let (types, name) = (quote!(#gives, #declared), name.to_string());
                    self.proofs.push(krate::prove(
                        "output",
                        Some(types),
                        &quote!(#name, #last),
                        &blamed.tokens,
                    ));
                }
            }
        }
    }
}

impl Sequence {
    /// What can be done at the end of the layers so that they give what is declared.
    fn other_end(&self, declared: &Shape) -> String {
        let sized = self.layers.last().is_some_and(|last| matches!(&*last.name, "dense" | "reshape"));
        let numbers = |shape: &Shape| shape.len().ok().flatten().and_then(|len| len.known());
        let as_many = numbers(&self.output).is_some_and(|n| numbers(declared) == Some(n));
        match (&self.output, declared) {
            (Shape::Image(_), Shape::Flat(_)) if as_many => "add `flatten` at the end".to_owned(),
            (Shape::Image(_) | Shape::Flat(_), Shape::Flat(n)) if !sized => {
                let vector = matches!(self.output, Shape::Image(_));
                let vector = if vector { format!("{}, ", self.output.to_vector()) } else { String::new() };
                format!("add `{vector}dense({n})` at the end")
            }
            _ => "change the last layer".to_owned(),
        }
    }

    /// Reports that a layer does not fit.
    fn misfit(&self, subject: &str, call: &Call, misfit: Misfit, errors: &mut Errors) {
        match misfit {
            Misfit::Shape(reason) => errors.push(&call.keyword, format!("{subject} {reason}")),
            Misfit::Vector(len) => {
                let vector_from_image = |layer: &Typed| {
                    matches!((&layer.input, &layer.output), (Shape::Image(_), Shape::Flat(_)))
                };
                let help = match self.layers.iter().rposition(vector_from_image) {
                    Some(index) => format!(
                        "\nnote: layer {} `{}` makes a vector of the image: this layer stands before it",
                        index + 1,
                        self.layers[index].name
                    ),
                    None => Mend::BeforeLayer("reshape(HEIGHT, WIDTH, CHANNELS)").to_string(),
                };
                let problem =
                    format!("{subject} takes an image, but what reaches it is a vector of {len}{help}");
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
            // no declared shape overflows, and layers that make a larger one out of it say so themselves
            Misfit::Size(Unwritable::Overflow) => {}
        }
    }
}

/// The parameter that a calculation among the sizes of a path mentions, `Gain<{ 2 * N }>`, if one does.
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
            // `(A, B)`, and a fragment of a macro of the user's own
            Delimiter::Parenthesis | Delimiter::None => None,
        };
        let (types, size) = tokens.split_at(size.unwrap_or(tokens.len()));
        computed(&types.iter().cloned().collect(), params).or_else(|| computed_size(size, params))
    })
}

/// The parameter that a size which is calculated mentions: `2 * N`, but not `N`.
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

/// A path whose arguments that are parameters of the network stand in braces: a type of the same name is not meant.
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

/// Whether a path is this name, whatever its parameters.
fn is_named(path: &TokenStream, name: &Ident) -> bool {
    let mut tokens = path.clone().into_iter();
    let first = tokens.next().is_some_and(|token| matches!(token, TokenTree::Ident(ident) if ident == *name));
    first
        && !tokens
            .next()
            .is_some_and(|token| matches!(token, TokenTree::Punct(punct) if punct.as_char() == ':'))
}
