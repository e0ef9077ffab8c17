plywood::network! {
    Net: Flat<4> => (Flat<2>, Flat<4>) { heads { dense(2) } }
}

fn main() {
    let _ = plywood::Model::<Net>::new(1);
}

// LAYERS = relu
