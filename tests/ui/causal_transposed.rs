plywood::network! {
    Net: Image<1, 20, 2> => Image<1, 40, 4> {
        conv_transpose(4, kernel = (1, 3), stride = (1, 2), pad = causal),
    }
}

fn main() {
    let _ = plywood::Model::<Net>::new(1);
}
