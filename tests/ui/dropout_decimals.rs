plywood::network! {
    Net: Flat<784> => Flat<10> {
        dropout(0.3333333),
        dropout(5e-1),
        dropout(0.5f32),
        dense(10),
    }
}

fn main() {
    let _ = plywood::Model::<Net>::new(1);
}
