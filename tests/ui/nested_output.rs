plywood::network! {
    Net: Flat<64> => Flat<10> {
        Inner,
    }
    Inner: Flat<64> => Flat<20> {
        dense(20),
    }
}

fn main() {
    let _ = plywood::Model::<Net>::new(1);
}
