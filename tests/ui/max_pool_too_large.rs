plywood::network! {
    Net: Image<8, 8, 3> => Flat<3> {
        max_pool(9),
        global_max_pool,
    }
}

fn main() {
    let _ = plywood::Model::<Net>::new(1);
}
