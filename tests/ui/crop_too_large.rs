use plywood::Image;
use plywood::augment::Crop;

const _: Crop<Image<28, 28, 1>, Image<32, 24, 1>> = Crop::new();

fn main() {}
