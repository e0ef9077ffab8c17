const K: usize = 9;

plywood::network! {
    Net: Image<8, 8, 1> => Flat<8> {
        conv(4, kernel = K),
        flatten,
        dense(8),
    }
}

fn main() {
    let _ = plywood::Model::<Net>::new(1);
}
