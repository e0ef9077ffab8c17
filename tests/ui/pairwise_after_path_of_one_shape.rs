plywood::network! {
    Inner: Flat<4> => Flat<4> { dense(4) }
    Net: Flat<4> => (Flat<1>, Flat<1>) { Inner, pairwise { dense(1) } { dense(1) } }
}

fn main() {
    let _ = plywood::Model::<Net>::new(1);
}
