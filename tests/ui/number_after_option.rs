plywood::network! {
    Net: Image<8, 8, 1> => Flat<8> {
        conv(kernel = 5, 6),
        flatten,
        dense(8),
    }
}

fn main() {
    let _ = plywood::Model::<Net>::new(1);
}
