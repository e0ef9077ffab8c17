//! Names that have a meaning elsewhere in Rust.
#![allow(nonstandard_style)]

/// A type of a parameter's name.
#[derive(Debug)]
struct H;

const gen_: usize = 3;

plywood::network! {
    /// A label that is a word of Rust since edition 2024.
    Net: Flat<4> => Flat<2> { gen: dense(gen_), relu, r#type: dense(2) }

    /// A parameter of a type's name.
    Wide<const H: usize>: Flat<H> => Flat<H> { gen: dense(H), relu, Same<H> }
    Same<const H: usize>: Flat<H> => Flat<H> { residual { dense(H) } }
}

pub(crate) fn main() {
    let model = plywood::Model::<Net>::new(1);
    assert_eq!(model.tensors()[0].name, "gen.weight");
    assert_eq!(model.layer(Net::r#gen()).weight().shape(), (3, 4));
    assert_eq!(model.layer(Net::r#type()).weight().shape(), (2, 3));
    let _ = (Wide::<5>::r#gen(), H);
}
