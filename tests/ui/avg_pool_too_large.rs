plywood::network! {
    Net: Image<8, 4, 3> => Flat<3> {
        avg_pool((2, 5)),
        global_avg_pool,
    }
}

fn main() {
    let _ = plywood::Model::<Net>::new(1);
}
