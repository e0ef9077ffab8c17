plywood::network! {
    Net: Image<28, 28, 1> => Flat<10> {
        conv(6, kernal = 5, strides = 2),
        flatten,
        dense(10),
    }
}

fn main() {
    let _ = plywood::Model::<Net>::new(1);
}
