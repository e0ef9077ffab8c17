plywood::network! {
    Net: (Flat<4>, Flat<5>) => (Flat<1>, Flat<1>) { pairwise { dense(1) } { dense(1) } { dense(1) } }
}

fn main() {
    let _ = plywood::Model::<Net>::new(1);
}
