plywood::network! {
    Net: Flat<28> => Flat<2> {
        dense({}),
        dense(2),
    }
}

fn main() {
    let _ = plywood::Model::<Net>::new(1);
}
