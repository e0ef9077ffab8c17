use plywood::layers::{Axis, Conv2d};
use plywood::{Image, Layer};

type Net = Conv2d<Image<28, 28, 6>, Image<24, 24, 8>, Axis<5>, Axis<5>, 4>;

const PARAMS: usize = Net::PARAMS;

fn main() {
    println!("{PARAMS}");
}
