plywood::network! {
    Inner: Flat<4> => (Flat<2>, Flat<2>) { heads { dense(2) } { dense(2) } }
    Net: Flat<4> => Flat<4> { Inner, join }
}

fn main() {
    let _ = plywood::Model::<Net>::new(1);
}
