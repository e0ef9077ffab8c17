plywood::network! {
    Net: Image<8, 8, 3> => Flat<10> {
        max_pool(2, pad = 2),
        flatten,
        dense(10),
    }
}

fn main() {
    let _ = plywood::Model::<Net>::new(1);
}
