plywood::network! {
    Net: Flat<28> => Flat<2> { dense(2) }
    budget { memory <= 64KiB }
}

fn main() {
    let _ = plywood::Model::<Net>::new(1);
}
