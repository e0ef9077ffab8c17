plywood::network! {
    Net: (Flat<4>, Flat<5>) => Flat<3> { relu, dense(3) }
}

fn main() {
    let _ = plywood::Model::<Net>::new(1);
}
