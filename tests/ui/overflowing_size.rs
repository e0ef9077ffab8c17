plywood::network! {
    Net: Flat<784> => Flat<10> {
        dense(99999999999999999999),
        dense(10),
    }
}

fn main() {
    let _ = plywood::Model::<Net>::new(1);
}
