plywood::network! {
    Net: Flat<8> => Flat<8> {
        concat { dense(8) },
        concat,
    }
}

fn main() {
    let _ = plywood::Model::<Net>::new(1);
}

// LAYERS = relu
