plywood::network! {
    Net: Image<4, 4, 2> => Flat<10> {
        concat { relu } { global_avg_pool },
        flatten,
        dense(10),
    }
}

fn main() {
    let _ = plywood::Model::<Net>::new(1);
}
