plywood::network! {
    Net: Image<100_000, 100_000, 3> => Flat<10> {
        flatten,
        dense(10),
    }
}

fn main() {
    let _ = plywood::Model::<Net>::new(1);
}
