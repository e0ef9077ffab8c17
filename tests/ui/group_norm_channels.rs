plywood::network! {
    Net: Image<4, 4, 8> => Flat<8> {
        group_norm(3),
        global_avg_pool,
    }
}

fn main() {
    let _ = plywood::Model::<Net>::new(1);
}
