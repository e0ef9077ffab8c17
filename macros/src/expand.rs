//! Networks as Rust.

use proc_macro2::{Group, Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote, quote_spanned};
use syn::ext::IdentExt;

use crate::ast::Network;
use crate::cycle;
use crate::errors::Errors;
use crate::extent::Extent;
use crate::fold;
use crate::foreign;
use crate::fragment;
use crate::infer::{self, Inferred, Typed};
use crate::krate::{self, plywood, plywood_at};
use crate::names;
use crate::parse;
use crate::parse_layers::mentioned;
use crate::shape::Shape;

/// A call: where the library is found, in brackets, and networks.
pub(crate) fn call(tokens: TokenStream) -> TokenStream {
    let mut tokens = tokens.into_iter();
    match tokens.next() {
        Some(TokenTree::Group(library)) => in_any_edition(networks(&library.stream(), tokens.collect())),
        _ => TokenStream::new(),
    }
}

/// The same tokens, where `gen` is a name also in the editions where it is a word of Rust.
fn in_any_edition(tokens: TokenStream) -> TokenStream {
    raw_gen(&tokens).unwrap_or(tokens)
}

/// The tokens with `r#gen` for each `gen`, if there is one: a group that is made anew forgets where its brackets are.
fn raw_gen(tokens: &TokenStream) -> Option<TokenStream> {
    let mut found = false;
    let renamed: TokenStream = tokens
        .clone()
        .into_iter()
        .map(|token| match token {
            TokenTree::Ident(word) if word == "gen" => {
                found = true;
                Ident::new_raw("gen", word.span()).into()
            }
            TokenTree::Group(group) => match raw_gen(&group.stream()) {
                Some(stream) => {
                    found = true;
                    let mut inner = Group::new(group.delimiter(), stream);
                    inner.set_span(group.span());
                    inner.into()
                }
                None => group.into(),
            },
            token => token,
        })
        .collect();
    found.then_some(renamed)
}

/// All networks of one call, behind their mistakes.
pub(crate) fn networks(library: &TokenStream, tokens: TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    let mut networks = parse::networks(fragment::unwrapped(tokens), &mut errors);
    foreign::bare(&mut networks, &mut errors);
    cycle::check(&mut networks, &mut errors);
    if networks.is_empty() && errors.len() == 0 {
        errors.push_at(Span::call_site(), "expected a network: `Name: Flat<IN> => Flat<OUT> { … }`");
    }
    let parsed_well = errors.len() == 0;
    let networks: TokenStream = networks
        .iter()
        .map(|network| {
            let before = errors.len();
            let inferred = infer::network(network, &mut errors);
            let sound = parsed_well && errors.len() == before;
            Expansion { library, network, inferred, sound }.into_token_stream()
        })
        .collect();
    let errors = errors.into_tokens();
    quote!(#errors #networks)
}

/// A network to write down.
struct Expansion<'a> {
    /// Where the library is found.
    library: &'a TokenStream,
    network: &'a Network,
    inferred: Inferred,
    /// Whether it has no mistakes.
    sound: bool,
}

impl ToTokens for Expansion<'_> {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        let Network { attributes, visibility, name, params, .. } = self.network;
        let conditions = attributes.iter().filter(|attribute| attribute.path().is_ident("cfg"));
        let usize = quote!(::core::primitive::usize);
        let declared = (!params.is_empty()).then(|| quote!(<#(const #params: #usize),*>));
        let this = self.network.this();
        let (plywood, import) = (plywood(), krate::import(self.library));
        let constants = &self.inferred.constants;
        let proofs = self.proofs();
        // without parameters `cargo check` evaluates the proofs, with parameters those who use the network do
        let (proof, of_constants, of_parameters) = if params.is_empty() {
            (quote!(()), Some(quote!(#(const _: () = #proofs;)*)), None)
        } else {
            let proof = quote!(Self::__PLYWOOD_FITS);
            (proof, None, Some(quote!(const __PLYWOOD_FITS: () = { #(#proofs;)* };)))
        };
        let input = Self::shape(&self.inferred.input);
        let foreign = fold::foreign(&self.inferred.layers);
        let place = foreign.unwrap_or_else(Extent::call_site);
        // what the layers give, where that may not be what is declared: the proof is to be the only error
        let output = if self.inferred.output_proved || !self.sound {
            Self::shape(&self.inferred.output)
        } else {
            place.close(
                quote_spanned!(place.first=> <<Self as #plywood::Network>::Layers as #plywood::Layer>::Out),
            )
        };
        let delegate = place.close(quote_spanned!(place.first=> <Self as #plywood::Network>::Layers));
        let layers = self.layers();
        // a public network of private layers is blamed here, and layers that are none a second time
        let blamed = foreign.unwrap_or_else(|| Extent::of(name));
        let layers_item = type_item("Layers", &layers, blamed);
        let output_item = type_item("Out", &output, blamed);
        let item = quote_spanned!(name.span()=> struct #name #declared;);
        let title = name.unraw().to_string();
        let labels = self.labels();
        let accessors = self.accessors();

        let mentions = self.mentions();

        // what is called a name in a network with mistakes may be none
        let names = (!self.sound).then(|| quote!(#[allow(nonstandard_style)]));

        tokens.extend(quote! {
            #(#attributes)*
            #names
            #[derive(::core::fmt::Debug, ::core::clone::Clone, ::core::marker::Copy)]
            #visibility #item

            #(#conditions)*
            // a path to the library takes the place of the user's token, who may have imported what it leads to
            #[allow(deprecated, unused_qualifications, unexpected_cfgs)]
            const _: () = {
                #import
                #(#constants)*
                #of_constants
                #mentions

                impl #declared #plywood::Network for #this {
                    #layers_item
                }
                impl #declared #plywood::Layer for #this {
                    type In = #input;
                    #output_item
                    #plywood::delegate_layer!(#delegate, name = #title, proof = #proof);

                    fn outline<__V: #plywood::Visitor>(__visitor: &mut __V) {
                        let () = #proof;
                        __visitor.network::<Self>();
                    }
                }
                impl #declared #plywood::layers::Labels for #this {
                    const LABELS: &'static [&'static ::core::primitive::str] = &[#(#labels),*];
                }
                impl #declared #this {
                    #of_parameters
                    #accessors
                }
            };
        });
    }
}

/// An associated type: the compiler blames `type` and its name.
fn type_item(name: &str, ty: &TokenStream, Extent { first, last }: Extent) -> TokenStream {
    let item = quote_spanned!(first=> type);
    let name = Ident::new(name, last);
    quote_spanned!(last=> #item #name = #ty;)
}

impl Expansion<'_> {
    /// Constant expressions that fail where something does not fit, or costs too much.
    fn proofs(&self) -> Vec<TokenStream> {
        let Network { name, budget, .. } = self.network;
        let (this, title) = (self.network.this(), name.unraw().to_string());
        // what a network with mistakes costs is not what it will
        let budget = budget.iter().filter(|_| self.sound);
        let costs = budget.map(|limit| limit.proof(&title, &this, &self.inferred.layers));
        self.inferred.proofs.iter().cloned().chain(costs).collect()
    }

    /// What an editor finds at paths that the compiler is not shown.
    fn mentions(&self) -> Option<TokenStream> {
        let params = &self.network.params;
        let paths = self.inferred.again.iter().filter(|path| mentioned((*path).clone(), params).is_none());
        let paths: Vec<&TokenStream> = paths.collect();
        (!paths.is_empty()).then(|| quote!(#[cfg(rust_analyzer)] const _: () = { #(let _: #paths;)* };))
    }

    /// What the network consists of.
    fn layers(&self) -> TokenStream {
        match fold::tree(&self.inferred.layers, &self.network.this()) {
            Some(layers) if self.sound => layers,
            _ => self.broken(),
        }
    }

    /// What a network with mistakes consists of.
    fn broken(&self) -> TokenStream {
        let plywood = plywood();
        let (input, output) = (Self::shape(&self.inferred.input), Self::shape(&self.inferred.output));
        quote!(#plywood::layers::Broken<#input, #output>)
    }

    /// A shape's type; of one that is lost to a mistake, any.
    fn shape(shape: &Shape) -> TokenStream {
        let plywood = plywood();
        shape.ty().unwrap_or_else(|| quote!(#plywood::Flat<1>))
    }

    fn labels(&self) -> impl Iterator<Item = String> {
        self.inferred.labels.iter().map(|label| label.unraw().to_string())
    }

    /// A function for each label: where in a model the layer lies.
    fn accessors(&self) -> TokenStream {
        let plywood = plywood();
        let visibility = &self.network.visibility;
        let mut before: Vec<&TokenStream> = Vec::new();
        let mut accessors = TokenStream::new();
        // the functions of a network with mistakes are there as well: what uses them is not in error
        let broken = quote!(#plywood::layers::Broken<#plywood::Flat<1>, #plywood::Flat<1>>);
        // a label that is used twice, or is the name of something else of the network's, is a mistake already
        let mut seen: Vec<&Ident> = Vec::new();
        let free = |label: &&Ident, seen: &[&Ident]| {
            !names::is_of_networks(&label.unraw().to_string())
                && !seen.iter().any(|seen| seen.unraw() == label.unraw())
        };
        for (number, layer) in (1_usize..).zip(&self.inferred.layers) {
            let ty = layer.ty.as_ref().or(layer.likely.as_ref()).unwrap_or(&broken);
            let label = layer.label.as_ref().map(|(label, _)| label).filter(|label| free(label, &seen));
            if let Some(label) = label {
                seen.push(label);
                let offset = if self.sound && !before.is_empty() {
                    quote!(#(<#before as #plywood::Layer>::PARAMS)+*)
                } else {
                    quote!(0)
                };
                let Typed { name, input, output, .. } = layer;
                let doc =
                    format!("Where layer {number}, `{name}`, lies in a model: from {input} to {output}.");
                let function = quote_spanned!(label.span()=> fn #label);
                let extent = layer.foreign.unwrap_or_else(Extent::call_site);
                let plywood = plywood_at(extent.first);
                let handle = extent.close(quote_spanned!(extent.first=> #plywood::Handle<Self, #ty>));
                let new = extent.close(quote_spanned!(extent.first=> #plywood::Handle::new(#offset)));
                accessors.extend(quote! {
                    #[doc = #doc]
                    #[allow(dead_code)]
                    #[must_use]
                    #visibility const #function() -> #handle { #new }
                });
            }
            if !layer.in_place {
                before.push(ty);
            }
        }
        accessors
    }
}
