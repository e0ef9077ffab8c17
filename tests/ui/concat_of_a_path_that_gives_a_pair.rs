plywood::network! {
    Inner: Flat<4> => (Flat<2>, Flat<3>) { heads { dense(2) } { dense(3) } }
    Net: Flat<4> => Flat<9> { concat { Inner } { identity } }
}

fn main() {
    let _ = plywood::Model::<Net>::new(1);
}
