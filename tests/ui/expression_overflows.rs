plywood::network! {
    Net: Flat<28> => Flat<2> {
        dense({ 3 - 5 }),
        dense(2),
    }
}

fn main() {
    let _ = plywood::Model::<Net>::new(1);
}
