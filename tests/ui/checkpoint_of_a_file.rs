plywood::network! {
    Net: Flat<8> => Flat<8> {
        checkpoint("a.bin"),
        dense(8),
    }
}

fn main() {
    let _ = plywood::Model::<Net>::new(1);
}
