use plywood::layers::Dense;
use plywood::Layer;
use plywood::layer::Memory;

type Net = (Dense<784, 0>, Dense<0, 10>);

const _: Memory = <Net as Layer>::MEMORY;

fn main() {}
