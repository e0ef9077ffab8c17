const CLASSES: usize = 12;

plywood::network! {
    Net: Flat<784> => Flat<10> {
        dense(CLASSES),
    }
}

fn main() {
    let _ = plywood::Model::<Net>::new(1);
}
