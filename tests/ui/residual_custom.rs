plywood::network! {
    Net: Flat<8> => Flat<8> {
        residual { dense(4), Inner },
    }
    Inner: Flat<4> => Flat<5> {
        dense(5),
    }
}

fn main() {
    let _ = plywood::Model::<Net>::new(1);
}
