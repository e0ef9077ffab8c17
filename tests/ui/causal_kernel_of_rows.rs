plywood::network! {
    Net: Image<1, 40, 2> => Image<1, 40, 4> {
        conv(4, kernel = 3, pad = causal),
    }
}

fn main() {
    let _ = plywood::Model::<Net>::new(1);
}
