plywood::network! {
    Net: Flat<784> => Flat<10> {
        dense(10),
    } budget { memory <= 1.5 MiB }
}

fn main() {
    let _ = plywood::Model::<Net>::new(1);
}
