use plywood::layers::{Concat, Conv2d, Identity, Axis};
use plywood::{Image, Layer};
use plywood::layer::Memory;

type Narrow = Conv2d<Image<8, 10, 3>, Image<6, 8, 4>, Axis<3>, Axis<3>>;
type Net = Concat<Identity<Image<8, 10, 3>>, Narrow, Image<8, 10, 7>>;

const _: Memory = <Net as Layer>::MEMORY;

fn main() {}
