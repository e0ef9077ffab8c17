const P: f64 = 0.5;

plywood::network! {
    Net: Flat<784> => Flat<10> {
        dropout(P),
        dense(10),
    }
}

fn main() {
    let _ = plywood::Model::<Net>::new(1);
}
