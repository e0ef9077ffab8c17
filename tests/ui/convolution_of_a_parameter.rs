plywood::network! {
    Net<const S: usize>: Image<S, S, 1> => Flat<10> { conv(8, 3), global_avg_pool, dense(10) }
}

fn main() {}
