plywood::network! {
    Net: Image<8, 8, 4> => Flat<4> {
        repeat(2) { conv(4, kernel = 3), relu },
        global_avg_pool,
    }
}

fn main() {
    let _ = plywood::Model::<Net>::new(1);
}
