plywood::network! {
    Net: Image<8, 8, 1> => Flat<1> {
        upsample((2, 1)),
        global_avg_pool,
    }
}

fn main() {
    let _ = plywood::Model::<Net>::new(1);
}
