plywood::network! {
    Net: Flat<28> => Flat<28> {
        repeat(0) { dense(28), relu },
    }
}

fn main() {
    let _ = plywood::Model::<Net>::new(1);
}
