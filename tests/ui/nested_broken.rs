plywood::network! {
    Net: Flat<64> => Flat<10> {
        Inner,
    }
    Inner: Flat<64> => Flat<10> {
        dense(10)
        relu,
    }
}

fn main() {
    let _ = plywood::Model::<Net>::new(1);
}
