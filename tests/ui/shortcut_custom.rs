plywood::network! {
    Net: Flat<8> => Flat<4> {
        residual { dense(4) } shortcut { Inner },
    }
    Inner: Flat<8> => Flat<5> { dense(5) }
}

fn main() {
    let _ = plywood::Model::<Net>::new(1);
}
