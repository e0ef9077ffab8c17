plywood::network! {
    Net: Image<8, 8, 6> => Flat<10> {
        conv(8, kernel = 3, groups = 4),
        conv(6, kernel = 3, groups = 4),
        conv(6, kernel = 3),
        group_norm(4),
        flatten,
        dense(10),
    }
}

fn main() {
    let _ = plywood::Model::<Net>::new(1);
}
