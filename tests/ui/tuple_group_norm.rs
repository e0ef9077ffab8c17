use plywood::layers::GroupNorm;
use plywood::{Image, Layer};
use plywood::layer::Memory;

const _: Memory = GroupNorm::<Image<4, 4, 8>, 3>::MEMORY;

fn main() {}
