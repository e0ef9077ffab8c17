plywood::network! {
    Inner: Flat<4> => (Flat<2>, Flat<3>) { heads { dense(2) } { dense(3) } }
    Net: Flat<4> => (Flat<1>, Flat<1>) { Inner, shared { dense(1) } }
}

fn main() {
    let _ = plywood::Model::<Net>::new(1);
}
