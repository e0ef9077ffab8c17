plywood::network! {
    Net: Flat<8> => Flat<4> {
        residual { shortcut: checkpoint { dense(4) } } shortcut { dense(4) },
    }
}

fn main() {
    let _ = plywood::Model::<Net>::new(1);
}
