plywood::network! {
    Net: Flat<28> => flat<1> { dense(1) }
}

fn main() {
    let _ = plywood::Model::<Net>::new(1);
}
