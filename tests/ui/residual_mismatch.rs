plywood::network! {
    Net: Flat<8> => Flat<8> {
        dense(64),
        residual { dense(32), relu },
        dense(8),
    }
}

fn main() {
    let _ = plywood::Model::<Net>::new(1);
}
