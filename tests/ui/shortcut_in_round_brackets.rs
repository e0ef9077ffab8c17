plywood::network! {
    Net: Flat<8> => Flat<8> {
        residual { dense(8) } shortcut(identity),
    }
}

fn main() {
    let _ = plywood::Model::<Net>::new(1);
}
