plywood::network! {
    Net: Image<4, 4, 8> => Flat<1> {
        group_norm(8),
        global_avg_pool,
        group_norm(8),
        layer_norm,
        dense(1),
        layer_norm(eps = 1e-3),
    }
}

fn main() {
    let _ = plywood::Model::<Net>::new(1);
}
