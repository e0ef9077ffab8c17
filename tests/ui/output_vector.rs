plywood::network! {
    Net: Flat<784> => Image<2, 5, 1> {
        dense(10),
    }
}

fn main() {
    let _ = plywood::Model::<Net>::new(1);
}
