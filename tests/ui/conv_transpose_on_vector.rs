plywood::network! {
    Net: Flat<784> => Flat<10> {
        conv_transpose(2, kernel = 2),
        flatten,
        dense(10),
    }
}

fn main() {
    let _ = plywood::Model::<Net>::new(1);
}

// HEIGHT = 28, WIDTH = 28, CHANNELS = 1
