plywood::network! {
    Net: Flat<8> => Flat<8> {
        repeat(3) {
            dense(16), relu,
        },
        dense(8),
    }
}

fn main() {
    let _ = plywood::Model::<Net>::new(1);
}
