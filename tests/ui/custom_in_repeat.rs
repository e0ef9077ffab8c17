plywood::network! {
    Net: Flat<8> => Flat<8> {
        residual { dense(8), repeat(2) { String } },
        dense(8),
    }
}

fn main() {
    let _ = plywood::Model::<Net>::new(1);
}
