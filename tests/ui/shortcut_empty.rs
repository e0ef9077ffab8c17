plywood::network! {
    Net: Flat<28> => Flat<28> {
        residual { relu } shortcut {},
    }
}

fn main() {
    let _ = plywood::Model::<Net>::new(1);
}
