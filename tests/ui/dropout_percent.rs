plywood::network! {
    Net: Flat<784> => Flat<10> {
        dropout(50),
        dropout(50%),
        dense(10),
    }
}

fn main() {
    let _ = plywood::Model::<Net>::new(1);
}
