plywood::network! {
    Net: Image<8, 8, 1> => Flat<8> {
        conv(6, kernel = 5, .stride = 2),
        flatten,
        dense(8),
    }
}

fn main() {
    let _ = plywood::Model::<Net>::new(1);
}
