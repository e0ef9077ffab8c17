plywood::network! {
    Net: Image<28, 28> => Flat<10> {
        flatten,
        dense(10),
    }
}

fn main() {
    let _ = plywood::Model::<Net>::new(1);
}

// HEIGHT = 28, WIDTH = 28, CHANNELS = 1
