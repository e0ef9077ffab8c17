plywood::network! {
    Inner: Flat<4> => Flat<4> { dense(4) }
    Net: Flat<4> => (Flat<3>, Flat<4>) { heads { dense(2) } { Inner } }
}

fn main() {
    let _ = plywood::Model::<Net>::new(1);
}
