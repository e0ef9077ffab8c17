use plywood::Layer;
use plywood::layers::Dense;

type Net = (Dense<784, 32>, String);

const _: usize = <Net as Layer>::PARAMS;

fn main() {}
