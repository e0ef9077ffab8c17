plywood::network! {
    Net: Flat<28> => Flat<10> {
        dense(10),
        softmax,
    }
}

fn main() {
    let _ = plywood::Model::<Net>::new(1);
}
