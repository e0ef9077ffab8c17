plywood::network! {
    Net: Image<1, 40, 2> => Image<1, 14, 2> {
        max_pool((1, 3), pad = causal, edge = ceil),
    }
}

fn main() {
    let _ = plywood::Model::<Net>::new(1);
}
