use plywood::layers::GroupNorm;
use plywood::{Image, Layer, Space};

const _: Space = GroupNorm::<Image<4, 4, 8>, 3>::TAPE;

fn main() {}
