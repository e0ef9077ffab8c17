plywood::network! {
    Net: Flat<8> => Flat<8> {
        Vec<f32>,
    }
}

fn main() {
    let _ = plywood::Model::<Net>::new(1);
}
