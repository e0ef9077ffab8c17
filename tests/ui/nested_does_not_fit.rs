plywood::network! {
    Net: Image<28, 28, 1> => Flat<10> {
        flatten,
        Inner,
        dense(10),
    }
    Inner: Flat<64> => Flat<20> {
        dense(20),
    }
}

fn main() {
    let _ = plywood::Model::<Net>::new(1);
}
