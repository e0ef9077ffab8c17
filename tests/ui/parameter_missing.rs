plywood::network! {
    Net: Flat<28> => Flat<2> { Inner }
    Inner<const H: usize>: Flat<28> => Flat<2> { dense(H), dense(2) }
}

fn main() {
    let _ = plywood::Model::<Net>::new(1);
}
