use plywood::layers::{Dense, Flatten};
use plywood::{Image, Layer};

type Net = (Flatten<Image<28, 28, 1>, 28>, Dense<28, 10>);

const _: bool = Net::USES_INPUT;

fn main() {}
