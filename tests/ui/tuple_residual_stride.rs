use plywood::layer::Memory;
use plywood::layers::{Axis, Conv2d, Residual};
use plywood::{Image, Layer};

type Halve = Conv2d<Image<32, 32, 16>, Image<16, 16, 16>, Axis<3, 2, 1, 1>, Axis<3, 2, 1, 1>>;
type Net = Residual<Halve>;

const _: Memory = <Net as Layer>::MEMORY;

fn main() {}
