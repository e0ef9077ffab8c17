//! An ε as small as some published networks have it.

use plywood::layers::{BatchNorm, GroupNorm, LayerNorm};
use plywood::{Flat, Model, Network, network};

network! {
    Net: Flat<8> => Flat<8> { layer_norm(eps = 1e-12), batch_norm(eps = 1e-10), group_norm(2, eps = 0.25) }
}

type Written = (LayerNorm<Flat<8>, 1>, (BatchNorm<Flat<8>, 100>, GroupNorm<Flat<8>, 2, 250_000_000_000>));

fn same<T>(_: std::marker::PhantomData<T>, _: std::marker::PhantomData<T>) {}

fn main() {
    same(std::marker::PhantomData::<<Net as Network>::Layers>, std::marker::PhantomData::<Written>);
    let y = Model::<Net>::new(1).infer(&[1e-6, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]);
    assert!(y.iter().all(|y| y.is_finite()));
}
