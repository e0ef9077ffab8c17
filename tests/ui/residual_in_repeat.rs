plywood::network! {
    Net: Image<8, 8, 4> => Flat<4> {
        repeat(3) {
            residual { conv(4, kernel = 3), relu },
            relu,
        },
        global_avg_pool,
    }
}

fn main() {
    let _ = plywood::Model::<Net>::new(1);
}
