plywood::network! {
    Net: Flat<8> => Flat<8> {
        dense(8),
        residual {
            repeat(2) { relu, dense(0) },
            droput(0.5),
            dense(9),
        } shortcut {
            twin: dense(9),
            twin: relu,
        },
        dense("8"),
    }
}

fn main() {
    let _ = plywood::Model::<Net>::new(1);
}
