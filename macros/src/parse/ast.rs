//! A network as it is written. Every node keeps the tokens that it will be blamed by.

use proc_macro2::{Group, Ident, Literal, TokenStream};
use quote::quote;
use syn::{Attribute, Visibility};

use crate::tokens::text;

/// `pub Name<const N: usize>: Flat<784> => Flat<10> { … }`
pub(crate) struct Network {
    /// Documentation and other attributes.
    pub(crate) attributes: Vec<Attribute>,
    /// `pub`
    pub(crate) visibility: Visibility,
    /// `Name`
    pub(crate) name: Ident,
    /// The names of its const parameters.
    pub(crate) params: Vec<Ident>,
    /// The shape that it takes; `None` after a mistake.
    pub(crate) input: Option<Shape>,
    /// The shape that it is declared to give; `None` after a mistake.
    pub(crate) output: Option<Shape>,
    /// The braces; `None` after a mistake.
    pub(crate) body: Option<Group>,
    /// The layers in them.
    pub(crate) layers: Vec<Layer>,
    /// `budget { params <= 100_000 }`
    pub(crate) budget: Vec<Limit>,
}

impl Network {
    /// Returns its type.
    pub(crate) fn this(&self) -> TokenStream {
        let Self { name, params, .. } = self;
        // in braces, for a type may have the name of a parameter
        if params.is_empty() { quote!(#name) } else { quote!(#name<#({ #params }),*>) }
    }
}

/// `Image<28, 28, 1>`
pub(crate) struct Shape {
    /// `Flat` or `Image`, and how many sizes that takes.
    pub(crate) kind: ShapeKind,
    /// The sizes, as many as the kind takes.
    pub(crate) sizes: Vec<TokenStream>,
    /// All of it.
    pub(crate) tokens: TokenStream,
}

/// The kinds of shape.
#[derive(Clone, Copy)]
pub(crate) enum ShapeKind {
    /// `Flat<N>`
    Flat,
    /// `Image<H, W, C>`
    Image,
}

/// `fc1: dense(120)`
pub(crate) struct Layer {
    /// `fc1`
    pub(crate) label: Option<Ident>,
    /// `dense(120)`
    pub(crate) kind: LayerKind,
}

/// The kinds of layer, by how they are written.
pub(crate) enum LayerKind {
    /// A layer of the library.
    Keyword(Call),
    /// A layer of the user's own, or a network.
    Path(TokenStream),
    /// A mistake that is reported already.
    Unreadable,
}

/// `conv(6, kernel = 5)`, `residual { … } shortcut { … }`
pub(crate) struct Call {
    /// `conv`
    pub(crate) keyword: Ident,
    /// Whether there are brackets, empty ones included.
    pub(crate) brackets: bool,
    /// `6, kernel = 5`
    pub(crate) arguments: Vec<Argument>,
    /// `{ … } shortcut { … }`
    pub(crate) blocks: Vec<Block>,
}

/// `6`, `kernel = 5`
pub(crate) struct Argument {
    /// `kernel`
    pub(crate) name: Option<Ident>,
    /// `5`; empty after a mistake that is reported already.
    pub(crate) value: TokenStream,
}

impl Argument {
    /// Returns the argument as it is written.
    pub(crate) fn written(&self) -> String {
        let value = text(self.value.clone());
        self.name.as_ref().map_or_else(|| value.clone(), |name| format!("{name} = {value}"))
    }

    /// Returns all of it but the sign between the two.
    pub(crate) fn tokens(&self) -> TokenStream {
        let Self { name, value } = self;
        quote!(#name #value)
    }
}

/// `{ … }`, `shortcut { … }`
pub(crate) struct Block {
    /// `shortcut`
    pub(crate) word: Option<Ident>,
    /// `{ … }`
    pub(crate) braces: Group,
    /// The layers in its braces, where the layer consists of others.
    pub(crate) layers: Vec<Layer>,
}

impl Block {
    /// Returns all of it.
    pub(crate) fn tokens(&self) -> TokenStream {
        let Self { word, braces, .. } = self;
        quote!(#word #braces)
    }
}

/// `memory <= 512 KiB`
pub(crate) struct Limit {
    /// The quantity that is limited.
    pub(crate) quantity: Quantity,
    /// `512`
    pub(crate) number: Literal,
    /// 524,288
    pub(crate) most: u64,
    /// How many make one of the unit, and its name: 1,024 and `KiB`.
    pub(crate) unit: (u64, &'static str),
    /// The examples of a batch, where that matters.
    pub(crate) batch: Option<u64>,
}

/// The quantities that a budget can limit.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Quantity {
    /// `params`
    Params,
    /// `flops`
    Flops,
    /// `memory`
    Memory,
    /// `training_memory`
    TrainingMemory,
}
