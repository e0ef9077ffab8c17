plywood::network! {
    Net: Image<2, 2, 3> => Flat<10> {
        conv_transpose(2, kernel = 2, pad = 2),
        flatten,
        dense(10),
    }
}

fn main() {
    let _ = plywood::Model::<Net>::new(1);
}
