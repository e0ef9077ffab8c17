plywood::network! {
    Net: Flat => Flat<10> {
        dense(10),
    }
}

fn main() {
    let _ = plywood::Model::<Net>::new(1);
}

// N = 784
