plywood::network! {
    Net: Flat<784> => Flat<10> {
        dense(20) -> dense(10),
    }
}

fn main() {
    let _ = plywood::Model::<Net>::new(1);
}
