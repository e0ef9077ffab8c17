plywood::network! {
    Net: Flat<784> => Flat<10> {
        dense(10),
    } budget { parameters <= 10_000 }
}

fn main() {
    let _ = plywood::Model::<Net>::new(1);
}
