use plywood::layers::{Dense, Relu};
use plywood::{Flat, Model};

type Net = ((Dense<784, 20>, Relu<Flat<20>>), Dense<21, 10>);

fn main() {
    let _ = Model::<Net>::new(1);
}
