//! Writes the paths by which expansions find the library.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};

use crate::tokens::Extent;

/// Returns the path of the library within an expansion. Every path in one begins with it, or with `::core`.
///
/// It is a name private to the expansion, so that it can be given the place of any token; only [`import`] defines its
/// meaning.
pub(crate) fn plywood() -> TokenStream {
    plywood_at(Span::call_site())
}

/// Returns the same path with a given place.
pub(crate) fn plywood_at(span: Span) -> TokenStream {
    quote_spanned!(span=> __plywood)
}

/// Returns the item that defines [`plywood`]. `path` is the path of the library in the calling crate.
pub(crate) fn import(path: &TokenStream) -> TokenStream {
    let plywood = plywood();
    quote!(#[allow(unused_imports)] use #path as #plywood;)
}

/// Returns a type of `plywood::layers` with the user's token as its name, so that an editor shows its documentation
/// there.
pub(crate) fn layer(name: &str, keyword: Span) -> TokenStream {
    let plywood = plywood();
    let name = Ident::new(name, keyword);
    quote!(#plywood::layers::#name)
}

/// Returns a type of `plywood::layers` that is an argument of a layer rather than a layer.
pub(crate) fn part(name: &str) -> TokenStream {
    layer(name, Span::call_site())
}

/// Returns a function of `plywood::proof` that computes a size.
pub(crate) fn proof(function: &str) -> TokenStream {
    proof_at(function, Span::call_site())
}

/// Returns the same path with a given place.
pub(crate) fn proof_at(function: &str, span: Span) -> TokenStream {
    let (plywood, function) = (plywood_at(span), Ident::new(function, span));
    quote_spanned!(span=> #plywood::proof::#function)
}

/// Returns a call of a function of `plywood::proof` in the place of the blamed tokens, where the compiler reports a
/// panic.
pub(crate) fn prove(
    function: &str,
    types: Option<TokenStream>,
    arguments: &TokenStream,
    blamed: impl ToTokens,
) -> TokenStream {
    let Extent { first, last } = Extent::of(blamed);
    let (plywood, function) = (plywood_at(first), Ident::new(function, first));
    let types = types.map(|types| quote_spanned!(first=> ::<#types>));
    let arguments = quote_spanned!(last=> (#arguments));
    quote_spanned!(first=> #plywood::proof::#function #types #arguments)
}

/// Returns the layer that a path names.
pub(crate) fn named(path: &TokenStream) -> TokenStream {
    let extent = Extent::of(path);
    let (span, plywood) = (extent.first, plywood_at(extent.first));
    extent.close(quote_spanned!(span=> <#path as #plywood::layers::NamedLayer>::Layer))
}

/// Combines proofs that fail for one reason, such as those of the rows and of the columns of a window: only the first
/// failure is reported.
pub(crate) fn either(proofs: impl IntoIterator<Item = TokenStream>) -> Option<TokenStream> {
    proofs.into_iter().reduce(|first, next| quote!({ #first; #next }))
}

/// Returns `<Type as plywood::Trait>::Item`. Where the type is not a layer, the compiler says so here too: it shows
/// only one of two equal messages about the same place.
pub(crate) fn project(ty: &TokenStream, of: &str, item: &str) -> TokenStream {
    // the place of `<MyLayer as …>::In` is that of `MyLayer`
    let extent = Extent::of(ty);
    let span = extent.first;
    let (plywood, of, item) = (plywood_at(span), Ident::new(of, span), Ident::new(item, span));
    extent.close(quote_spanned!(span=> <#ty as #plywood::#of>::#item))
}
