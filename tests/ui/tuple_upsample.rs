use plywood::layers::{Upsample};
use plywood::{Image, Layer};
use plywood::layer::Memory;

type Net = Upsample<Image<2, 3, 5>, Image<4, 7, 5>, 2>;

const _: Memory = <Net as Layer>::MEMORY;

fn main() {}
