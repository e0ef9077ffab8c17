plywood::network! {
    Net: Image<28, 28, 1> => Flat<10> {
        Inner,
        dense(10),
    }
    Inner: Image<28, 28, 1> => Image<28, 28, 1> {
        relu,
    }
}

fn main() {
    let _ = plywood::Model::<Net>::new(1);
}
