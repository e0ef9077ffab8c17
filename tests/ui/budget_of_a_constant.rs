const LIMIT: usize = 10_000;

plywood::network! {
    Net: Flat<784> => Flat<10> {
        dense(10),
    } budget { params <= LIMIT }
}

fn main() {
    let _ = plywood::Model::<Net>::new(1);
}
