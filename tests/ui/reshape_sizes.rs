plywood::network! {
    Net: Image<4, 4, 3> => Flat<10> {
        reshape(47),
        reshape(4, 4),
        dense(10),
    }
}

fn main() {
    let _ = plywood::Model::<Net>::new(1);
}
