use plywood::layers::{Conv2d, Axis};
use plywood::{Image, Layer};
use plywood::layer::Memory;

type Net = Conv2d<Image<8, 8, 1>, Image<6, 6, 4>, Axis<3, 0>, Axis<3>>;

const _: Memory = <Net as Layer>::MEMORY;

fn main() {}
