plywood::network! {
    Net: Flat<48> => Flat<10> {
        Inner,
        reshape(31),
        dense(10),
    }
    Inner: Flat<48> => Flat<32> { dense(32) }
}

fn main() {
    let _ = plywood::Model::<Net>::new(1);
}
