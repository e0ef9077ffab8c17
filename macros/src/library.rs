//! Where expansions find the library.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};

use crate::tokens::Extent;

/// Returns the path of the library within an expansion. Every path in one begins with it, or with `::core`.
///
/// It is a name of the expansion's own, so that it can be given the place of any token; what it stands for is said
/// once, by [`import`].
pub(crate) fn plywood() -> TokenStream {
    plywood_at(Span::call_site())
}

/// Returns the same path as tokens of a place.
pub(crate) fn plywood_at(span: Span) -> TokenStream {
    quote_spanned!(span=> __plywood)
}

/// Returns what makes [`plywood`] known. `path` is how the calling crate finds the library.
pub(crate) fn import(path: &TokenStream) -> TokenStream {
    let plywood = plywood();
    quote!(#[allow(unused_imports)] use #path as #plywood;)
}

/// Returns a type of `plywood::layers`, with the user's token for a name, so that an editor shows its documentation
/// there.
pub(crate) fn layer(name: &str, keyword: Span) -> TokenStream {
    let plywood = plywood();
    let name = Ident::new(name, keyword);
    quote!(#plywood::layers::#name)
}

/// Returns a type of `plywood::layers` that is no layer: an argument of one.
pub(crate) fn part(name: &str) -> TokenStream {
    layer(name, Span::call_site())
}

/// Returns a function of `plywood::proof` that computes a size.
pub(crate) fn proof(function: &str) -> TokenStream {
    proof_at(function, Span::call_site())
}

/// Returns the same path as tokens of a place.
pub(crate) fn proof_at(function: &str, span: Span) -> TokenStream {
    let (plywood, function) = (plywood_at(span), Ident::new(function, span));
    quote_spanned!(span=> #plywood::proof::#function)
}

/// Returns a call of a function of `plywood::proof` that lies where the blamed tokens do: there the compiler reports a
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

/// Returns proofs that fail for one reason, as of the rows and of the columns of a window: the first that does is
/// reported.
pub(crate) fn either(proofs: impl IntoIterator<Item = TokenStream>) -> Option<TokenStream> {
    proofs.into_iter().reduce(|first, next| quote!({ #first; #next }))
}

/// Returns `<Type as plywood::Trait>::Item`. Where the type is no layer, the compiler says so here too: of two equal
/// messages about the same place it shows one.
pub(crate) fn project(ty: &TokenStream, of: &str, item: &str) -> TokenStream {
    // the place of `<MyLayer as …>::In` is that of `MyLayer`
    let extent = Extent::of(ty);
    let span = extent.first;
    let (plywood, of, item) = (plywood_at(span), Ident::new(of, span), Ident::new(item, span));
    extent.close(quote_spanned!(span=> <#ty as #plywood::#of>::#item))
}
