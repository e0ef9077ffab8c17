plywood::network! {
    Net: Flat<784> => Flat<10> {
        dense(outputs =),
        dense(10),
    }
}

fn main() {
    let _ = plywood::Model::<Net>::new(1);
}

// VALUE = 10
