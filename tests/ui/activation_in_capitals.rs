plywood::network! {
    Net: Flat<8> => Flat<8> {
        dense(8),
        LeakyReLU(0.1),
    }
}

fn main() {
    let _ = plywood::Model::<Net>::new(1);
}
