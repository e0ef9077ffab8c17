use plywood::layers::{Dense, Relu};
use plywood::{Image, Layer};

type Net = (Relu<Image<28, 28, 1>>, Dense<784, 10>);

fn main() {
    let _ = <Net as Layer>::PARAMS;
}
