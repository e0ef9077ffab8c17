plywood::network! {
    Net: Image<28x28x1> => Flat<10> {
        flatten,
        dense(10),
    }
}

fn main() {
    let _ = plywood::Model::<Net>::new(1);
}
