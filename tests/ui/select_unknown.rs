plywood::network! {
    Net: Flat<8> => Flat<2> {
        select(TABLE),
        dense(2),
    }
}

fn main() {
    let _ = plywood::Model::<Net>::new(1);
}
