plywood::network! {
    Net: Image<4, 40, 2> => Image<4, 40, 2> {
        max_pool((2, 3), stride = 1, pad = causal),
    }
}

fn main() {
    let _ = plywood::Model::<Net>::new(1);
}
