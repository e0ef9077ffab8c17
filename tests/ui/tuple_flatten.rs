use plywood::layers::{Dense, Flatten};
use plywood::{Image, Layer};
use plywood::layer::Memory;

type Net = (Flatten<Image<28, 28, 1>, 28>, Dense<28, 10>);

const _: Memory = Net::MEMORY;

fn main() {}
