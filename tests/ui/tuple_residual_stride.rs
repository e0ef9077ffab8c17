use plywood::layers::{Conv2d, Residual, Axis};
use plywood::{Image, Layer};
use plywood::layer::Memory;

type Halve = Conv2d<Image<32, 32, 16>, Image<16, 16, 16>, Axis<3, 2, 1, 1>, Axis<3, 2, 1, 1>>;
type Net = Residual<Halve>;

const _: Memory = <Net as Layer>::MEMORY;

fn main() {}
