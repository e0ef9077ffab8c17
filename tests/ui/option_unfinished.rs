plywood::network! {
    Net: Image<28, 28, 1> => Flat<6> {
        conv(6, kernel = , stride = 2),
        global_avg_pool,
    }
}

fn main() {
    let _ = plywood::Model::<Net>::new(1);
}

// VALUE = 5
