plywood::network! {
    Net: Flat<8> => Flat<8> {
        residual {
            residual { dense(4) },
            dense(8),
        },
    }
}

fn main() {
    let _ = plywood::Model::<Net>::new(1);
}
