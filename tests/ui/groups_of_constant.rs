const GROUPS: usize = 4;

plywood::network! {
    Net: Image<8, 8, 6> => Flat<10> {
        conv(8, kernel = 3, groups = GROUPS),
        flatten,
        dense(10),
    }
}

fn main() {
    let _ = plywood::Model::<Net>::new(1);
}
