use plywood::layer::Memory;
use plywood::layers::{Axis, Conv2d};
use plywood::{Image, Layer};

type Net = Conv2d<Image<8, 8, 1>, Image<6, 6, 4>, Axis<3, 0>, Axis<3>>;

const _: Memory = <Net as Layer>::MEMORY;

fn main() {}
