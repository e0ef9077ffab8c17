const TABLE: [usize; 4] = [0, 1, 3, 2];

plywood::network! {
    Net: Image<4, 4, 3> => Flat<10> {
        select(TABLE),
        global_max_pool,
        dense(10),
    }
}

fn main() {
    let _ = plywood::Model::<Net>::new(1);
}
