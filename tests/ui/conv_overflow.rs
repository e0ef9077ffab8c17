plywood::network! {
    Net: Image<1000, 1000, 1> => Flat<10> {
        conv(5000, kernel = 1),
        global_max_pool,
        dense(10),
    }
}

fn main() {
    let _ = plywood::Model::<Net>::new(1);
}
