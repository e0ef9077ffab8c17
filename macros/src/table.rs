//! The keywords: one row for each layer of the library.

use proc_macro2::TokenStream;
use quote::quote;

use crate::shape::Shape;
use crate::size::Unwritable;
use crate::value::Value;

/// A layer of the library.
pub(crate) struct Keyword {
    /// What users write.
    pub(crate) name: &'static str,
    /// The type in `plywood::layers`.
    pub(crate) ty: &'static str,
    /// What it takes in brackets, by position or by name.
    pub(crate) parameters: &'static [Parameter],
    /// Whether it works in place or only reads the numbers as another shape: such a layer has no parameters to
    /// train, and forms a group with the layer before it.
    pub(crate) in_place: bool,
    /// How it changes the shape.
    pub(crate) rule: Rule,
}

/// What a layer takes in brackets.
pub(crate) struct Parameter {
    /// Its name.
    pub(crate) name: &'static str,
    /// What may stand there.
    pub(crate) kind: Kind,
}

/// What may stand for a parameter.
#[derive(Clone, Copy)]
pub(crate) enum Kind {
    /// A whole number from 1, or the path of a constant.
    Size,
    /// A number from 0 to below 1.
    Fraction,
}

/// From the shape that reaches a layer and its arguments (`None` for one with a mistake) to what it gives.
pub(crate) type Rule = fn(&Shape, &[Option<Value>]) -> Step;

/// What a keyword makes of a shape and its arguments.
pub(crate) struct Step {
    /// What it gives; where it does not fit, what it would give.
    pub(crate) output: Shape,
    /// The arguments of its type; `None` after a mistake.
    pub(crate) generics: Option<TokenStream>,
    /// Whether only the compiler can tell that it takes what reaches it.
    pub(crate) adapted: bool,
    /// Why it does not fit.
    pub(crate) misfit: Option<Misfit>,
}

/// Why a layer does not fit.
pub(crate) enum Misfit {
    /// A sentence with the layer as its subject, and what helps.
    Shape(String),
    /// A size cannot be written down.
    Size(Unwritable),
}

/// The row of a keyword.
pub(crate) fn find(name: &str) -> Option<&'static Keyword> {
    KEYWORDS.iter().find(|keyword| keyword.name == name)
}

/// All keywords.
pub(crate) const KEYWORDS: &[Keyword] = &[
    Keyword {
        name: "dense",
        ty: "Dense",
        parameters: &[Parameter { name: "outputs", kind: Kind::Size }],
        in_place: false,
        rule: dense,
    },
    Keyword { name: "relu", ty: "Relu", parameters: &[], in_place: true, rule: elementwise },
    Keyword { name: "sigmoid", ty: "Sigmoid", parameters: &[], in_place: true, rule: elementwise },
    Keyword { name: "tanh", ty: "Tanh", parameters: &[], in_place: true, rule: elementwise },
    Keyword { name: "flatten", ty: "Flatten", parameters: &[], in_place: true, rule: flatten },
    Keyword {
        name: "dropout",
        ty: "Dropout",
        parameters: &[Parameter { name: "p", kind: Kind::Fraction }],
        in_place: true,
        rule: elementwise,
    },
];

impl Step {
    /// A layer that does not fit.
    fn misfit(misfit: Misfit, meant: Shape) -> Self {
        Self { output: meant, generics: None, adapted: false, misfit: Some(misfit) }
    }
}

/// The shape, followed by the arguments.
fn elementwise(input: &Shape, arguments: &[Option<Value>]) -> Step {
    let generics = input.ty().and_then(|shape| {
        let arguments: Option<Vec<_>> = arguments.iter().map(Option::as_ref).collect();
        arguments.map(|arguments| quote!(#shape #(, #arguments)*))
    });
    Step { output: input.clone(), generics, adapted: false, misfit: None }
}

fn dense(input: &Shape, arguments: &[Option<Value>]) -> Step {
    let outputs = match arguments {
        [Some(Value::Size(outputs))] => Some(outputs.clone()),
        _ => None,
    };
    let output = outputs.clone().map_or(Shape::Unknown, Shape::Flat);
    if let Shape::Image(_) = input {
        let reason = format!(
            "takes a vector, but what reaches it is an image of {input}\nhelp: add `flatten` before this layer"
        );
        return Step::misfit(Misfit::Shape(reason), output);
    }
    match input.len() {
        Ok(inputs) => Step {
            output,
            generics: inputs.zip(outputs).map(|(inputs, outputs)| quote!(#inputs, #outputs)),
            adapted: matches!(input, Shape::Of(_)),
            misfit: None,
        },
        Err(unwritable) => Step::misfit(Misfit::Size(unwritable), output),
    }
}

fn flatten(input: &Shape, _: &[Option<Value>]) -> Step {
    match input.len() {
        Ok(len) => Step {
            generics: input.ty().zip(len.as_ref()).map(|(shape, len)| quote!(#shape, #len)),
            output: len.map_or(Shape::Unknown, Shape::Flat),
            adapted: false,
            misfit: None,
        },
        Err(unwritable) => Step::misfit(Misfit::Size(unwritable), Shape::Unknown),
    }
}
