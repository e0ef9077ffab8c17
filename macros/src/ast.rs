//! A network as it is written. Every node keeps the tokens that it will be blamed by.

use proc_macro2::{Group, Ident, TokenStream};
use syn::{Attribute, Visibility};

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
    /// What it takes; `None` after a mistake.
    pub(crate) input: Option<Shape>,
    /// What it says that it gives; `None` after a mistake.
    pub(crate) output: Option<Shape>,
    /// The braces; `None` after a mistake.
    pub(crate) body: Option<Group>,
    /// What stands in them.
    pub(crate) layers: Vec<Layer>,
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

/// What stands at a layer's place.
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
    /// `6, kernel = 5`
    pub(crate) arguments: Vec<Argument>,
    /// `{ … } shortcut { … }`. What a block holds is the keyword's business.
    pub(crate) blocks: Vec<Block>,
}

/// `6`, `kernel = 5`
pub(crate) struct Argument {
    /// `kernel`
    pub(crate) name: Option<Ident>,
    /// `5`; empty after a mistake that is reported already.
    pub(crate) value: TokenStream,
}

/// `{ … }`, `shortcut { … }`
pub(crate) struct Block {
    /// `shortcut`
    pub(crate) word: Option<Ident>,
    /// `{ … }`
    pub(crate) braces: Group,
}
