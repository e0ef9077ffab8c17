plywood::network! {
    Net: Flat<28> => Flat<28> {
        repeat { dense(28), relu },
    }
}

fn main() {
    let _ = plywood::Model::<Net>::new(1);
}

// COPIES = 3
