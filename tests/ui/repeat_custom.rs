plywood::network! {
    Net: Flat<8> => Flat<8> {
        repeat(3) { Inner },
        dense(8),
    }
    Inner: Flat<8> => Flat<16> {
        dense(16),
    }
}

fn main() {
    let _ = plywood::Model::<Net>::new(1);
}
