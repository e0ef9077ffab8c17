plywood::network! {
    Net: Imgae<28, 28, 1> => Flat<1> { global_avg_pool }
}

fn main() {
    let _ = plywood::Model::<Net>::new(1);
}
