use plywood::layers::{Axis, Conv2d};
use plywood::{Image, Model};

type Net = Conv2d<Image<28, 28, 1>, Image<28, 24, 6>, Axis<5>, Axis<5>>;

fn main() {
    let _ = Model::<Net>::new(1);
}
