plywood::network! {
    Net: Flat<8> => Flat<8> {
        concat { Inner } { Inner },
    }
    Inner: Flat<8> => Flat<4> {
        dense(4),
    }
}

fn main() {
    let _ = plywood::Model::<Net>::new(1);
}
