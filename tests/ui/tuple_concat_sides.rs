use plywood::layer::Memory;
use plywood::layers::{Axis, Concat, Conv2d, Identity};
use plywood::{Image, Layer};

type Narrow = Conv2d<Image<8, 10, 3>, Image<6, 8, 4>, Axis<3>, Axis<3>>;
type Net = Concat<Identity<Image<8, 10, 3>>, Narrow, Image<8, 10, 7>>;

const _: Memory = <Net as Layer>::MEMORY;

fn main() {}
