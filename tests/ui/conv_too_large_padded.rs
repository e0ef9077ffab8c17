plywood::network! {
    Net: Image<8, 8, 3> => Flat<2> {
        conv(2, kernel = 11, pad = 1),
        global_avg_pool,
    }
}

fn main() {
    let _ = plywood::Model::<Net>::new(1);
}
