use plywood::layers::{Upsample};
use plywood::{Image, Layer};

type Net = Upsample<Image<2, 3, 5>, Image<4, 7, 5>, 2>;

const _: usize = <Net as Layer>::WIDTH;

fn main() {}
