plywood::network! {
    Net<const H: usize, const H: usize>: Flat<28> => Flat<2> { dense(H), dense(2) }
}

fn main() {
    let _ = plywood::Model::<Net<3>>::new(1);
}
