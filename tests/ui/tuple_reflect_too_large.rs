use plywood::layers::{Axis, Conv2d, Reflect};
use plywood::{Image, Layer};

type Net = Conv2d<Image<4, 9, 1>, Image<4, 9, 2>, Axis<9, 1, 4, 4>, Axis<3, 1, 1, 1>, 1, Reflect>;

const _: usize = <Net as Layer>::PARAMS;

fn main() {}
