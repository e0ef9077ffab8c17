use plywood::layers::{Concat, Dense};
use plywood::{Flat, Layer};

type Net = (Dense<8, 16>, Concat<Dense<16, 32>, Dense<16, 8>, Flat<41>>);

const _: usize = <Net as Layer>::WIDTH;

fn main() {}
