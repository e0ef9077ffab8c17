//! Describes a network as it is written. Every node keeps the tokens that it will be blamed by.

use proc_macro2::{Group, Ident, Literal, TokenStream};
use quote::quote;
use syn::{Attribute, Visibility};

use crate::tokens::text;

/// A network, such as `pub Name<const N: usize>: Flat<784> => Flat<10> { … }`.
pub(crate) struct Network {
    /// The documentation and other attributes.
    pub(crate) attributes: Vec<Attribute>,
    /// The visibility, such as `pub`.
    pub(crate) visibility: Visibility,
    /// The name of the network.
    pub(crate) name: Ident,
    /// The names of the const parameters.
    pub(crate) params: Vec<Ident>,
    /// The declared input shape; `None` after a mistake.
    pub(crate) input: Option<Shape>,
    /// The declared output shape; `None` after a mistake.
    pub(crate) output: Option<Shape>,
    /// The braces; `None` after a mistake.
    pub(crate) body: Option<Group>,
    /// The layers in the braces.
    pub(crate) layers: Vec<Layer>,
    /// The limits in `budget { params <= 100_000 }`.
    pub(crate) budget: Vec<Limit>,
}

impl Network {
    /// Returns the type of the network.
    pub(crate) fn this(&self) -> TokenStream {
        let Self { name, params, .. } = self;
        // in braces, since a type may have the name of a parameter
        if params.is_empty() { quote!(#name) } else { quote!(#name<#({ #params }),*>) }
    }
}

/// A shape, such as `Image<28, 28, 1>` or `(Image<28, 28, 1>, Flat<4>)`.
pub(crate) struct Shape {
    /// The form of the shape.
    pub(crate) form: ShapeForm,
    /// All tokens of the shape.
    pub(crate) tokens: TokenStream,
}

/// The form of a shape.
pub(crate) enum ShapeForm {
    /// The kind, `Flat` or `Image`, and as many sizes as it takes.
    Single(ShapeKind, Vec<TokenStream>),
    /// Two shapes side by side. Three are a shape and a pair.
    Pair(Box<[Shape; 2]>),
}

/// The kind of a shape.
#[derive(Clone, Copy)]
pub(crate) enum ShapeKind {
    /// A vector, `Flat<N>`.
    Flat,
    /// An image, `Image<H, W, C>`.
    Image,
}

/// A layer, such as `fc1: dense(120)`.
pub(crate) struct Layer {
    /// The label, such as `fc1`.
    pub(crate) label: Option<Ident>,
    /// The layer itself, such as `dense(120)`.
    pub(crate) kind: LayerKind,
}

/// The kind of a layer, by the way it is written.
pub(crate) enum LayerKind {
    /// A layer of the library.
    Keyword(Call),
    /// A user's own layer, or a network.
    Path(TokenStream),
    /// A mistake that is already reported.
    Unreadable,
}

/// A layer of the library, such as `conv(6, kernel = 5)` or `residual { … } shortcut { … }`.
pub(crate) struct Call {
    /// The keyword, such as `conv`.
    pub(crate) keyword: Ident,
    /// True if there are brackets, including empty ones.
    pub(crate) brackets: bool,
    /// The arguments, such as `6, kernel = 5`.
    pub(crate) arguments: Vec<Argument>,
    /// The blocks, such as `{ … } shortcut { … }`.
    pub(crate) blocks: Vec<Block>,
}

/// An argument, such as `6` or `kernel = 5`.
pub(crate) struct Argument {
    /// The name, such as `kernel`.
    pub(crate) name: Option<Ident>,
    /// The value, such as `5`; empty after a mistake that is already reported.
    pub(crate) value: TokenStream,
}

impl Argument {
    /// Returns the argument as it is written.
    pub(crate) fn written(&self) -> String {
        let value = text(self.value.clone());
        self.name.as_ref().map_or_else(|| value.clone(), |name| format!("{name} = {value}"))
    }

    /// Returns all tokens of the argument except the sign between the two parts.
    pub(crate) fn tokens(&self) -> TokenStream {
        let Self { name, value } = self;
        quote!(#name #value)
    }
}

/// A block, such as `{ … }` or `shortcut { … }`.
pub(crate) struct Block {
    /// The word before the braces, such as `shortcut`.
    pub(crate) word: Option<Ident>,
    /// The braces with their content.
    pub(crate) braces: Group,
    /// The layers in the braces, if the layer consists of others.
    pub(crate) layers: Vec<Layer>,
}

impl Block {
    /// Returns all tokens of the block.
    pub(crate) fn tokens(&self) -> TokenStream {
        let Self { word, braces, .. } = self;
        quote!(#word #braces)
    }
}

/// A limit, such as `memory <= 512 KiB`.
pub(crate) struct Limit {
    /// The quantity that is limited.
    pub(crate) quantity: Quantity,
    /// The number as it is written, such as `512`.
    pub(crate) number: Literal,
    /// The limit in units of 1, such as 524,288.
    pub(crate) most: u64,
    /// The unit: the number that makes one of it, and its name, such as 1,024 and `KiB`.
    pub(crate) unit: (u64, &'static str),
    /// The number of examples in a batch, where that matters.
    pub(crate) batch: Option<u64>,
}

/// The quantity that a budget can limit.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Quantity {
    /// The number of parameters, `params`.
    Params,
    /// The number of operations, `flops`.
    Flops,
    /// The memory of inference, `memory`.
    Memory,
    /// The memory of training, `training_memory`.
    TrainingMemory,
}
