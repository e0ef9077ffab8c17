plywood::network! { Inner: Flat<784> => Flat<64> { dense(64) } }

plywood::network! {
    Net: Flat<784> => Flat<10> {
        Inner,
        conv(6, kernel = 5),
        global_max_pool,
        dense(10),
    }
}

fn main() {
    let _ = plywood::Model::<Net>::new(1);
}

// HEIGHT = 8, WIDTH = 8, CHANNELS = 1
