use plywood::layers::Dense;
use plywood::{Layer, network};

network! {
    Inner: Flat<64> => Flat<20> { dense(20) }
}

type Net = (Dense<784, 32>, Inner);

const _: usize = <Net as Layer>::PARAMS;

fn main() {}
