plywood::network! {
    Net: Image<4, 4, 4> => Flat<5> {
        conv(5, kernel = 1, groups = 2),
        global_avg_pool,
    }
}

fn main() {
    let _ = plywood::Model::<Net>::new(1);
}
