use plywood::Image;
use plywood::augment::{Crop, Flip};
use plywood::data::{Transformed, digits};

type Pipeline = (Crop<Image<28, 28, 1>, Image<24, 24, 1>>, Flip<Image<28, 28, 1>>);

fn main() {
    let pipeline: Pipeline = (Crop::new(), Flip::new());
    let _ = Transformed::new(digits(8, 1), pipeline);
}
