plywood::network! {
    Net: Flat<8> => Flat<8> {
        own: Vec<f32>,
        dense(8),
    }
}

fn main() {
    let _ = plywood::Model::<Net>::new(1);
}
