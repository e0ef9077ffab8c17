plywood::network! {
    Net: Image<28, 28, 1> => Flat<6> {
        conv,
        global_avg_pool,
    }
}

fn main() {
    let _ = plywood::Model::<Net>::new(1);
}

// CHANNELS = 6, KERNEL = 5
