plywood::network! {
    Net: Flat<8> => Flat<8> {
        residual {
            dense(16),
        } shortcut {
            dense(12),
        },
        dense(8),
    }
}

fn main() {
    let _ = plywood::Model::<Net>::new(1);
}
