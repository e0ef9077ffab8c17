plywood::network! {
    Net: (Flat<4>, Flat<5>) => (Flat<4>, Flat<5>) { pairwise { dense(4) } }
}

fn main() {
    let _ = plywood::Model::<Net>::new(1);
}

// LAYERS = relu
