//! Writes a network as Rust.

use proc_macro2::{Ident, Literal, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::ext::IdentExt;

use crate::analyze::Inferred;
use crate::analyze::check::is_of_networks;
use crate::analyze::shape::Shape;
use crate::analyze::typed::{Typed, foreign, tree};
use crate::library::{self, plywood, plywood_at, prove};
use crate::parse::ast::{Limit, Network, Quantity};
use crate::report::Place;
use crate::tokens::{Extent, mentioned};

/// A network to write.
pub(crate) struct Expansion<'a> {
    /// The path of the library.
    pub(crate) library: &'a TokenStream,
    pub(crate) network: &'a Network,
    pub(crate) inferred: Inferred,
    /// True if the network has no mistakes.
    pub(crate) sound: bool,
}

impl ToTokens for Expansion<'_> {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        let Network { attributes, visibility, name, params, .. } = self.network;
        let conditions = attributes.iter().filter(|attribute| attribute.path().is_ident("cfg"));
        let usize = quote!(::core::primitive::usize);
        let declared = (!params.is_empty()).then(|| quote!(<#(const #params: #usize),*>));
        let this = self.network.this();
        let (plywood, import) = (plywood(), library::import(self.library));
        let constants = &self.inferred.constants;
        let proofs = self.proofs();
        // without parameters `cargo check` evaluates the proofs; with parameters, the code that uses the network does
        let (proof, of_constants, of_parameters) = if params.is_empty() {
            (quote!(()), Some(quote!(#(const _: () = #proofs;)*)), None)
        } else {
            let proof = quote!(Self::__PLYWOOD_FITS);
            (proof, None, Some(quote!(const __PLYWOOD_FITS: () = { #(#proofs;)* };)))
        };
        let input = Self::shape(&self.inferred.input);
        let foreign = foreign(&self.inferred.layers);
        let place = foreign.unwrap_or_else(Extent::call_site);
        // the output of the layers, where it may not be the declared one: the proof is to be the only error
        let output = if self.inferred.output_proved || !self.sound {
            Self::shape(&self.inferred.output)
        } else {
            place.close(
                quote_spanned!(place.first=> <<Self as #plywood::Network>::Layers as #plywood::Layer>::Out),
            )
        };
        let delegate = place.close(quote_spanned!(place.first=> <Self as #plywood::Network>::Layers));
        let layers = self.layers();
        // a public network of private layers is blamed here, and paths that are not layers are blamed a second time
        let blamed = foreign.unwrap_or_else(|| Extent::of(name));
        let layers_item = type_item("Layers", &layers, blamed);
        let output_item = type_item("Out", &output, blamed);
        let item = quote_spanned!(name.span()=> struct #name #declared;);
        let title = name.unraw().to_string();
        let labels = self.labels();
        let accessors = self.accessors();

        let mentions = self.mentions();

        // the name of a network with mistakes may not be one
        let names = (!self.sound).then(|| quote!(#[allow(nonstandard_style)]));

        tokens.extend(quote! {
            #(#attributes)*
            #names
            #[derive(::core::fmt::Debug, ::core::clone::Clone, ::core::marker::Copy)]
            #visibility #item

            #(#conditions)*
            // a path to the library has the place of the user's token, and the user may have imported its target
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

/// Returns an associated type; the compiler blames `type` and its name.
fn type_item(name: &str, ty: &TokenStream, Extent { first, last }: Extent) -> TokenStream {
    let item = quote_spanned!(first=> type);
    let name = Ident::new(name, last);
    quote_spanned!(last=> #item #name = #ty;)
}

impl Expansion<'_> {
    /// Returns constant expressions that fail where something does not fit, or costs too much.
    fn proofs(&self) -> Vec<TokenStream> {
        let Network { name, budget, .. } = self.network;
        let (this, title) = (self.network.this(), name.unraw().to_string());
        // the cost of a network with mistakes is not its final cost
        let budget = budget.iter().filter(|_| self.sound);
        let costs = budget.map(|limit| limit.proof(&title, &this, &self.inferred.layers));
        self.inferred.proofs.iter().cloned().chain(costs).collect()
    }

    /// Returns the items that an editor finds at paths that the compiler is not shown.
    fn mentions(&self) -> Option<TokenStream> {
        let params = &self.network.params;
        let paths = self.inferred.again.iter().filter(|path| mentioned((*path).clone(), params).is_none());
        let paths: Vec<&TokenStream> = paths.collect();
        (!paths.is_empty()).then(|| quote!(#[cfg(rust_analyzer)] const _: () = { #(let _: #paths;)* };))
    }

    /// Returns the layers of the network.
    fn layers(&self) -> TokenStream {
        match tree(&self.inferred.layers, &self.network.this()) {
            Some(layers) if self.sound => layers,
            _ => self.broken(),
        }
    }

    /// Returns the layers of a network with mistakes.
    fn broken(&self) -> TokenStream {
        let plywood = plywood();
        let (input, output) = (Self::shape(&self.inferred.input), Self::shape(&self.inferred.output));
        quote!(#plywood::layers::Broken<#input, #output>)
    }

    /// Returns a shape's type, or any type for a shape that is lost to a mistake.
    fn shape(shape: &Shape) -> TokenStream {
        let plywood = plywood();
        shape.ty().unwrap_or_else(|| quote!(#plywood::Flat<1>))
    }

    fn labels(&self) -> impl Iterator<Item = String> {
        self.inferred.labels.iter().map(|label| label.unraw().to_string())
    }

    /// Returns a function for each label, which gives the layer's position in a model.
    fn accessors(&self) -> TokenStream {
        let plywood = plywood();
        let visibility = &self.network.visibility;
        let mut before: Vec<&TokenStream> = Vec::new();
        let mut accessors = TokenStream::new();
        // a network with mistakes has these functions too, so that the code that uses them is not in error
        let broken = quote!(#plywood::layers::Broken<#plywood::Flat<1>, #plywood::Flat<1>>);
        // a label that is used twice, or is the name of another item of the network, is already a mistake
        let mut seen: Vec<&Ident> = Vec::new();
        let free = |label: &&Ident, seen: &[&Ident]| {
            !is_of_networks(&label.unraw().to_string())
                && !seen.iter().any(|seen| seen.unraw() == label.unraw())
        };
        for (number, layer) in (1_usize..).zip(&self.inferred.layers) {
            let ty = layer.ty.as_ref().or(layer.likely.as_ref()).unwrap_or(&broken);
            if let Some(&(ref label, index)) = layer.label.as_ref().filter(|(label, _)| free(&label, &seen)) {
                seen.push(label);
                let offset = if self.sound && !before.is_empty() {
                    quote!(#(<#before as #plywood::Layer>::PARAMS)+*)
                } else {
                    quote!(0)
                };
                let index = Literal::usize_unsuffixed(index);
                let Typed { name, input, output, .. } = layer;
                let doc =
                    format!("Where layer {number}, `{name}`, lies in a model: from {input} to {output}.");
                let function = quote_spanned!(label.span()=> fn #label);
                let extent = layer.foreign.unwrap_or_else(Extent::call_site);
                let plywood = plywood_at(extent.first);
                let handle = extent.close(quote_spanned!(extent.first=> #plywood::Handle<Self, #ty>));
                let new = extent.close(quote_spanned!(extent.first=> #plywood::Handle::new(#offset, #index)));
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

impl Limit {
    /// Returns a constant expression that fails if a network costs more.
    pub(crate) fn proof(&self, name: &str, this: &TokenStream, layers: &[Typed]) -> TokenStream {
        let plywood = plywood();
        let Self { quantity, number, most, unit: (per_unit, unit), batch } = self;
        let batch = batch.map(Literal::u64_unsuffixed);
        let [most, per_unit] = [*most, *per_unit].map(Literal::u64_unsuffixed);
        let costs = (1..).zip(layers).filter_map(|(number, layer)| {
            let ty = layer.ty.as_ref()?;
            let name = Place { number, within: "" }.of(&layer.name);
            let cost = match quantity {
                Quantity::Params => quote!(<#ty as #plywood::Layer>::PARAMS),
                Quantity::Flops => quote!(<#ty as #plywood::Declared>::FLOPS),
                Quantity::Memory => quote!(#plywood::proof::kept::<#ty>()),
                Quantity::TrainingMemory => quote!(#plywood::proof::trained::<#ty>(#batch)),
            };
            Some(quote!((#name, #cost)))
        });
        let layers = quote!(&[#(#costs),*]);
        let (function, arguments) = match quantity {
            Quantity::Params => ("params", quote!(#name, #most, #layers)),
            Quantity::Flops => ("flops", quote!(#name, #most, #layers)),
            Quantity::Memory => ("memory", quote!(#name, #most, (#unit, #per_unit), #layers)),
            Quantity::TrainingMemory => {
                ("training_memory", quote!(#name, #most, (#unit, #per_unit), #batch, #layers))
            }
        };
        prove(function, Some(this.clone()), &arguments, number)
    }
}
