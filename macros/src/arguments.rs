//! What a layer is given in brackets, in the order of its keyword's parameters.

use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, quote};

use crate::krate;
use crate::place::Place;
use crate::size::{Size, Unwritable};
use crate::value::{Padding, Value, Values};

/// The arguments of a layer.
pub(crate) struct Arguments<'a, 'v> {
    /// `conv`
    pub(crate) keyword: &'a Ident,
    /// Where the layer stands.
    pub(crate) place: &'a Place<'a>,
    /// One for each parameter.
    pub(crate) given: Vec<Given>,
    /// Where sizes are bound to constants.
    pub(crate) values: &'a mut Values<'v>,
}

/// One argument.
pub(crate) struct Given {
    /// The tokens to blame; empty where the parameter's default stands.
    pub(crate) tokens: TokenStream,
    /// `None` after a mistake.
    pub(crate) value: Option<Value>,
}

impl Arguments<'_, '_> {
    /// What messages call the layer.
    pub(crate) fn subject(&self) -> String {
        self.place.of(&self.keyword.to_string())
    }

    /// What messages call a size that the layer gives.
    pub(crate) fn name_of(&self, size: &str) -> String {
        format!("{}{}.{size}", self.keyword, self.place.number)
    }

    /// The tokens of an argument; the keyword where it is left out.
    pub(crate) fn blamed(&self, index: usize) -> TokenStream {
        match self.given.get(index) {
            Some(given) if !given.tokens.is_empty() => given.tokens.clone(),
            _ => self.keyword.to_token_stream(),
        }
    }

    /// Whether an argument is left out.
    pub(crate) fn left_out(&self, index: usize) -> bool {
        self.given.get(index).is_some_and(|given| given.tokens.is_empty())
    }

    /// The tokens of all arguments.
    pub(crate) fn all(&self) -> TokenStream {
        self.given.iter().map(|given| given.tokens.clone()).collect()
    }

    fn value(&self, index: usize) -> Option<&Value> {
        self.given.get(index)?.value.as_ref()
    }

    /// A size.
    pub(crate) fn size(&self, index: usize) -> Option<Size> {
        match self.value(index)? {
            Value::Size(size) => Some(size.clone()),
            _ => None,
        }
    }

    /// Along the rows, and along the columns.
    pub(crate) fn sides(&self, index: usize) -> Option<[Size; 2]> {
        match self.value(index)? {
            Value::Sides(sides) => Some(sides.clone()),
            _ => None,
        }
    }

    /// A padding.
    pub(crate) fn padding(&self, index: usize) -> Option<Padding> {
        match self.value(index)? {
            Value::Padding(padding) => Some(padding.clone()),
            _ => None,
        }
    }

    /// One of some words.
    pub(crate) fn word(&self, index: usize) -> Option<&'static str> {
        match self.value(index)? {
            Value::Word(word) => Some(word),
            _ => None,
        }
    }

    /// Whether something is on: `true`, `false` or a constant.
    pub(crate) fn flag(&self, index: usize) -> Option<TokenStream> {
        match self.value(index)? {
            Value::Flag(flag) => Some(flag.clone()),
            _ => None,
        }
    }

    /// The path of a table.
    pub(crate) fn table(&self, index: usize) -> Option<TokenStream> {
        match self.value(index)? {
            Value::Table(path) => Some(path.clone()),
            _ => None,
        }
    }

    /// Whether an argument is left out that may be.
    pub(crate) fn absent(&self, index: usize) -> bool {
        matches!(self.value(index), Some(Value::Absent))
    }

    /// Arguments as const arguments; `None` after a mistake.
    pub(crate) fn generics(&self) -> Option<Vec<TokenStream>> {
        self.given.iter().map(|given| given.value.as_ref().map(ToTokens::to_token_stream)).collect()
    }

    /// A size computed from others: by the macro where it knows them, otherwise by `plywood::proof::function`, which
    /// computes the same.
    pub(crate) fn compute(
        &mut self,
        function: &str,
        known: fn(&[u64]) -> u64,
        sizes: &[&Size],
        text: &str,
    ) -> Result<Size, Unwritable> {
        let numbers: Option<Vec<u64>> = sizes.iter().map(|size| size.known()).collect();
        if let Some(numbers) = numbers {
            return Ok(Size::Known(known(&numbers)));
        }
        if let Some(param) = sizes.iter().find_map(|size| size.param()) {
            return Err(Unwritable::Param(param.clone()));
        }
        let function = krate::proof(function);
        let sizes = sizes.iter().map(|size| size.value());
        Ok(self.values.bind(&quote!(#function(#(#sizes),*)), self.name_of(text)))
    }

    /// The same, blamed on all arguments.
    pub(crate) fn prove_all(&self, function: &str, arguments: &TokenStream) -> TokenStream {
        let subject = self.subject();
        krate::prove(function, None, &quote!(#subject, #arguments), self.all())
    }

    /// The same, blamed on the keyword.
    pub(crate) fn prove_layer(&self, function: &str, arguments: &TokenStream) -> TokenStream {
        let subject = self.subject();
        krate::prove(function, None, &quote!(#subject, #arguments), self.keyword)
    }

    /// Leaves something to the compiler: a call of `plywood::proof::function`, blamed on an argument.
    pub(crate) fn prove(&self, function: &str, arguments: &TokenStream, index: usize) -> TokenStream {
        let subject = self.subject();
        krate::prove(function, None, &quote!(#subject, #arguments), self.blamed(index))
    }
}
