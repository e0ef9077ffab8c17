plywood::network! {
    Net: (28, 28, 1) => Flat<10> {
        flatten,
        dense(10),
    }
}

fn main() {
    let _ = plywood::Model::<Net>::new(1);
}
