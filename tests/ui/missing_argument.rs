plywood::network! {
    Net: Flat<784> => Flat<10> {
        dense,
        relu,
        dense(),
        dense(10),
    }
}

fn main() {
    let _ = plywood::Model::<Net>::new(1);
}

// OUTPUTS = 784
