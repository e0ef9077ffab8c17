plywood::network! {
    Net: Flat<4> => Flat<12> { concat { heads { dense(4) } { dense(4) } } { identity } }
}

fn main() {
    let _ = plywood::Model::<Net>::new(1);
}
