plywood::network! {
    Net: Flat<8> => Flat<2> {
        select(0, 5),
    }
}

fn main() {
    let _ = plywood::Model::<Net>::new(1);
}
