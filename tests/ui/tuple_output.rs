use plywood::layers::{Dense, Relu};
use plywood::{Flat, Layer};

type Net = ((Dense<784, 20>, Relu<Flat<20>>), Dense<20, 12>);

fn ten_classes<N: Layer<Out = Flat<10>>>() {}

fn main() {
    ten_classes::<Net>();
}
