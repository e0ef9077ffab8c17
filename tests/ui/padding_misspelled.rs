plywood::network! {
    Net: Image<28, 28, 1> => Flat<6> {
        conv(6, kernel = 5, pad = some),
        global_avg_pool,
    }
}

fn main() {
    let _ = plywood::Model::<Net>::new(1);
}
