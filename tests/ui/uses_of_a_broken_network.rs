use plywood::{Model, Network, network};

network! {
    pub Net: Image<28, 28, 1> => Flat<10> {
        fc1: dense(20),
        relu,
        fc2: dense(CLASSES),
    }
}

const CLASSES: usize = 10;

fn layers<N: Network>() {}

fn main() {
    let mut model = Model::<Net>::new(1);
    let scores: [f32; 10] = model.infer(&[[[0.0; 1]; 28]; 28]);
    let _ = model.layer(Net::fc2()).weight()[(9, 19)] + scores[0];
    let _ = model.layer_mut(Net::fc2()).bias();
    layers::<Net>();
}
