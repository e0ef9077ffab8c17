use plywood::layers::{Dense, Dropout};
use plywood::{Flat, Layer};

type Net = (Dense<784, 20>, (Dropout<Flat<20>, 50>, Dense<20, 10>));

const _: bool = Net::USES_INPUT;

fn main() {}
