plywood::network! {
    Net: Flat<784> => Flat<10> {
        Vec<f32>,
        dense(10),
    }
}

fn main() {
    let _ = plywood::Model::<Net>::new(1);
}
