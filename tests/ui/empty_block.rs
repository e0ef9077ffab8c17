plywood::network! {
    Net: Flat<8> => Flat<8> {
        residual {},
        repeat(2) {},
        checkpoint {},
        concat { relu } {},
        residual { relu } shortcut {},
        dense(8),
    }
}

fn main() {
    let _ = plywood::Model::<Net>::new(1);
}
