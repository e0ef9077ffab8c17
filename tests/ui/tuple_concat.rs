use plywood::layers::{Concat, Dense};
use plywood::{Flat, Layer};
use plywood::layer::Memory;

type Net = (Dense<8, 16>, Concat<Dense<16, 32>, Dense<16, 8>, Flat<41>>);

const _: Memory = <Net as Layer>::MEMORY;

fn main() {}
