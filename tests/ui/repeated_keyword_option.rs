plywood::network! {
    Net: Image<28, 28, 1> => Flat<10> {
        conv(6, kernel = 5, stride = 1, stride = 2),
        conv(6, 5, kernel = 5),
        flatten,
        dense(10),
    }
}

fn main() {
    let _ = plywood::Model::<Net>::new(1);
}
