plywood::network! {
    Net: Flat<8> => Flat<8> {
        residual,
        residual { relu } { dense(8) },
        residual { relu } skip { dense(8) },
        residual { relu } shortcut { dense(8) } shortcut { relu },
    }
}

fn main() {
    let _ = plywood::Model::<Net>::new(1);
}
