plywood::network! {
    Net: Image<8, 8, 2> => Flat<2> {
        residual { conv(2, kernel = 3) },
        global_avg_pool,
    }
}

fn main() {
    let _ = plywood::Model::<Net>::new(1);
}
