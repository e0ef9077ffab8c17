//! The walk through a network: which shape reaches each layer, and so which type it is.

use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, quote};

use crate::ast::{self, Call, LayerKind, Network, ShapeKind};
use crate::check;
use crate::errors::Errors;
use crate::krate;
use crate::parse_layers::mentioned;
use crate::shape::{PathLayer, Shape};
use crate::size::{Size, Unwritable};
use crate::table::Misfit;
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
    /// Constants that the types mention.
    pub(crate) constants: Vec<TokenStream>,
    /// Constant expressions that fail where the macro could not tell whether something fits.
    pub(crate) proofs: Vec<TokenStream>,
}

/// A layer whose type is known.
pub(crate) struct Typed {
    /// Its label.
    pub(crate) label: Option<Ident>,
    /// What messages and documentation call it: `dense`, `MyLayer<64>`.
    pub(crate) name: String,
    /// What reaches it.
    pub(crate) input: Shape,
    /// What it gives.
    pub(crate) output: Shape,
    /// Its type; `None` after a mistake.
    pub(crate) ty: Option<TokenStream>,
    /// Whether the type's input is not visibly the shape that reaches it.
    pub(crate) adapted: bool,
    /// Whether it forms a group with the layer before it.
    pub(crate) in_place: bool,
}

/// Infers the types of a network.
pub(crate) fn network(network: &Network, errors: &mut Errors) -> Inferred {
    let mut values = Values { params: &network.params, constants: Vec::new() };
    let input = declared(network.input.as_ref(), &mut values, errors);
    let output = declared(network.output.as_ref(), &mut values, errors);
    check::labels(&network.layers, errors);

    let mut walk = Walk {
        name: network.name.to_string(),
        shape: input.clone(),
        before: "the network's input".to_owned(),
        layers: Vec::new(),
        proofs: Vec::new(),
    };
    for (number, layer) in (1..).zip(&network.layers) {
        walk.layer(number, layer, &mut values, errors);
    }
    match (&network.body, &network.output) {
        (Some(body), _) if network.layers.is_empty() => {
            let name = &network.name;
            errors
                .push(body, format!("`{name}` has no layers\nhelp: write at least one, such as `dense(10)`"));
        }
        (Some(_), Some(declared)) => walk.output(&output, declared, errors),
        _ => {}
    }
    Inferred {
        input,
        output_proved: walk.shape.same(&output) == Some(true),
        output: if let Shape::Unknown = output { walk.shape } else { output },
        layers: walk.layers,
        constants: values.constants.into_iter().map(|(_, declaration)| declaration).collect(),
        proofs: walk.proofs,
    }
}

/// The shape that a declaration states.
fn declared(shape: Option<&ast::Shape>, values: &mut Values, errors: &mut Errors) -> Shape {
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
    if let Err(Unwritable::Overflow) = inferred.len() {
        errors.push(&shape.tokens, format!("a shape has at most {} numbers: found {inferred}", Size::MAX));
        return Shape::Unknown;
    }
    inferred
}

/// Where the walk stands.
struct Walk {
    /// The network's name.
    name: String,
    /// What the layers so far give.
    shape: Shape,
    /// The last layer, for messages.
    before: String,
    layers: Vec<Typed>,
    proofs: Vec<TokenStream>,
}

impl Walk {
    fn layer(&mut self, number: usize, layer: &ast::Layer, values: &mut Values, errors: &mut Errors) {
        let input = self.shape.clone();
        let mut typed = Typed {
            label: layer.label.clone(),
            name: String::new(),
            input: input.clone(),
            output: Shape::Unknown,
            ty: None,
            adapted: false,
            in_place: false,
        };
        match &layer.kind {
            LayerKind::Keyword(call) => {
                typed.name = call.keyword.to_string();
                if let Some(keyword) = check::keyword(call, number, errors) {
                    check::blocks(call, keyword, number, errors);
                    let mut arguments = check::arguments(call, keyword, number, values, errors);
                    typed.in_place = keyword.in_place;
                    let step = (keyword.rule)(&input, &mut arguments);
                    let ty = krate::layer(keyword.ty, call.keyword.span());
                    typed.ty = step.generics.map(|generics| quote!(#ty<#generics>));
                    typed.output = step.output;
                    typed.adapted = step.adapted;
                    self.proofs.extend(step.proofs);
                    if step.adapted {
                        self.prove_input(number, &typed, &call.keyword);
                    }
                    if let Some(misfit) = step.misfit {
                        self.misfit(&format!("layer {number} `{}`", keyword.name), call, misfit, errors);
                    }
                }
            }
            LayerKind::Path(path) => {
                typed.name = text(path.clone());
                typed.ty = Some(path.clone());
                typed.adapted = true;
                typed.output = Shape::Of(PathLayer {
                    path: path.clone(),
                    text: typed.name.clone(),
                    param: mentioned(path.clone(), values.params),
                });
                self.prove_input(number, &typed, path);
            }
            LayerKind::Unreadable => {}
        }
        self.shape = typed.output.clone();
        self.before = format!("layer {number} `{}`", typed.name);
        self.layers.push(typed);
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
                        "put it before layer {} `{}`, which makes a vector of the image",
                        index + 1,
                        self.layers[index].name
                    ),
                    None => "add `reshape(HEIGHT, WIDTH, CHANNELS)` before this layer".to_owned(),
                };
                let problem = format!(
                    "{subject} takes an image, but what reaches it is a vector of {len}\nhelp: {help}"
                );
                errors.push(&call.keyword, problem);
            }
            Misfit::Argument(tokens, reason) => errors.push(tokens, format!("{subject}: {reason}")),
            Misfit::Size(Unwritable::Param(param)) => errors.push(&param, computes_with(&param)),
            // no declared shape overflows, and layers that make a larger one out of it say so themselves
            Misfit::Size(Unwritable::Overflow) => {}
        }
    }

    /// Leaves it to the compiler whether a layer takes what reaches it.
    fn prove_input(&mut self, number: usize, layer: &Typed, blamed: impl ToTokens) {
        if let (Some(shape), Some(ty)) = (layer.input.ty(), &layer.ty) {
            let subject = format!("layer {number} `{}`", layer.name);
            let before = &self.before;
            let takes = krate::project(ty, "Layer", "In");
            let types = quote!(#shape, #takes);
            self.proofs.push(krate::prove("input", Some(types), &quote!(#subject, #before), blamed));
        }
    }

    /// Compares what the last layer gives with what is declared.
    fn output(&mut self, declared: &Shape, blamed: &ast::Shape, errors: &mut Errors) {
        if matches!(declared, Shape::Unknown) || matches!(self.shape, Shape::Unknown) {
            return;
        }
        let (name, last, gives) = (&self.name, &self.before, &self.shape);
        match gives.same(declared) {
            Some(true) => {}
            Some(false) => errors.push(
                &blamed.tokens,
                format!(
                    "`{name}` declares an output of {declared}, but its last layer, {last}, gives {gives}\n\
                     help: declare `{}`, or change the last layer",
                    gives.declaration()
                ),
            ),
            None => {
                if let (Some(gives), Some(declared)) = (gives.ty(), declared.ty()) {
                    let types = quote!(#gives, #declared);
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
