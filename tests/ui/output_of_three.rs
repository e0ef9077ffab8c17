plywood::network! {
    Net: Flat<4> => (Flat<1>, Flat<2>, Flat<4>) { heads { dense(1) } { dense(2) } { dense(3) } }
}

fn main() {
    let _ = plywood::Model::<Net>::new(1);
}
