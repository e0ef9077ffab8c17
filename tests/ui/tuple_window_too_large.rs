use plywood::layer::Memory;
use plywood::layers::{Axis, Conv2d};
use plywood::{Image, Layer};

type Net = Conv2d<Image<4, 6, 1>, Image<1, 2, 8>, Axis<7, 1, 1, 1>, Axis<7, 1, 1, 1>>;

const _: Memory = <Net as Layer>::MEMORY;

fn main() {}
