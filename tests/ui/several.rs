plywood::network! {
    Net: Image<28, 28, 1> => Flat<10> {
        dense(20),
        rellu,
        dense(0),
        dropout(2),
        dense(10)
        dense(11),
    }
}

fn main() {
    let _ = plywood::Model::<Net>::new(1);
}
