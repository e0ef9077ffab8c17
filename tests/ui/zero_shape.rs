plywood::network! {
    Net: Image<28, 0, 1> => Flat<10> {
        dense(10),
    }
}

fn main() {
    let _ = plywood::Model::<Net>::new(1);
}
