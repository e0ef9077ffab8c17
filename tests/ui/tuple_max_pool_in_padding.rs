use plywood::layer::Cost;
use plywood::layers::{Axis, MaxPool2d};
use plywood::{Image, Layer};

type Net = MaxPool2d<Image<4, 4, 2>, Image<3, 3, 2>, Axis<2, 2, 0, 2>, Axis<2, 2, 0, 2>>;

const _: Cost = Net::COST;

fn main() {}
