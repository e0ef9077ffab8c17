plywood::network! {
    Net: Flat<784> => 10 {
        dense(10),
    }
}

fn main() {
    let _ = plywood::Model::<Net>::new(1);
}
