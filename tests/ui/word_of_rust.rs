plywood::network! {
    Net: Flat<784> => Flat<10> {
        fn(3),
        dense(10),
    }
}

fn main() {
    let _ = plywood::Model::<Net>::new(1);
}
