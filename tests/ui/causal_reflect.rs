plywood::network! {
    Net: Image<1, 40, 2> => Image<1, 40, 4> {
        conv(4, kernel = (1, 3), pad = causal, mode = reflect),
    }
}

fn main() {
    let _ = plywood::Model::<Net>::new(1);
}
