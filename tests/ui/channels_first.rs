plywood::network! {
    Net: Image<3, 32, 32> => Flat<8> {
        conv(6, kernel = 5),
        flatten,
        dense(8),
    }
}

fn main() {
    let _ = plywood::Model::<Net>::new(1);
}
