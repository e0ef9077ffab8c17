use plywood::layers::{Dense, Dropout};
use plywood::{Flat, Layer};
use plywood::layer::Memory;

type Net = (Dense<784, 20>, (Dropout<Flat<20>, 50>, Dense<20, 10>));

const _: Memory = Net::MEMORY;

fn main() {}
