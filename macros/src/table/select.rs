//! Choosing channels by a table.

use quote::{format_ident, quote};

use super::{Misfit, Step};
use crate::arguments::Arguments;
use crate::krate::{part, proof};
use crate::mend::Mend;
use crate::shape::Shape;

pub(super) fn select(input: &Shape, arguments: &mut Arguments) -> Step {
    selected(input, arguments).unwrap_or_else(|misfit| Step::misfit(misfit, Shape::Unknown))
}

fn selected(input: &Shape, arguments: &mut Arguments) -> Result<Step, Misfit> {
    let (Some(table), Some(shape)) = (arguments.table(0), input.ty()) else { return Ok(Step::lost()) };
    let inputs = match input {
        Shape::Flat(n) => n.clone(),
        Shape::Image([_, _, channels]) => channels.clone(),
        Shape::Of(_) => {
            let mend = Mend::BeforeLayer("reshape(SHAPE)");
            return Err(Misfit::Shape(format!(
                "cannot follow a layer named by its path{mend}, which says the shape"
            )));
        }
        Shape::Unknown => return Ok(Step::lost()),
    };
    // a type that carries the table: public, because the network's layers mention it
    let marker = format_ident!("__PlywoodTable{}", arguments.values.constants.len() + 1);
    let of = part("Table");
    let entries = quote!(&'static [::core::primitive::usize]);
    arguments.values.constants.push((
        format!("table {marker}"),
        quote! {
            #[doc(hidden)]
            #[allow(unreachable_pub)]
            #[derive(::core::fmt::Debug, ::core::clone::Clone, ::core::marker::Copy)]
            pub struct #marker;
            impl #of for #marker {
                const INPUTS: #entries = &#table;
            }
        },
    ));
    let chosen = quote!(<#marker as #of>::INPUTS);
    let len = proof("entries");
    let name = arguments.name_of("channels");
    let outputs = arguments.values.bind(&quote!(#len(#chosen)), name);
    let output = match input {
        Shape::Image([height, width, _]) => Shape::Image([height.clone(), width.clone(), outputs]),
        _ => Shape::Flat(outputs),
    };
    let inputs = inputs.value();
    let proof = arguments.prove("table", &quote!(#chosen, #inputs), 0);
    let generics = output.ty().map(|output| quote!(#shape, #output, #marker));
    Ok(Step { proofs: vec![proof], ..Step::new(output, generics) })
}
