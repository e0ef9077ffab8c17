use plywood::Image;
use plywood::augment::{Crop, Flip};
use plywood::data::Transform;

fn main() {
    let _ = Crop::<Image<36, 36, 3>, Image<32, 32, 3>>::new().then(Flip::<Image<36, 36, 3>>::new());
}
