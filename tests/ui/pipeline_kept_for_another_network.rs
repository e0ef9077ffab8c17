use plywood::augment::Crop;
use plywood::{Image, Model, network};

network! { Reader: Image<28, 28, 1> => Flat<10> { flatten, dense(10) } }

fn main() {
    let crop = Crop::<Image<28, 28, 1>, Image<24, 24, 1>>::new();
    let _ = Model::<Reader>::new(1).save_with(&crop, "reader.safetensors");
}
