plywood::network! {
    Net: Flat<28> => Flat<2> {
        residual { dense(2) }, shortcut { dense(2) },
    }
}

fn main() {
    let _ = plywood::Model::<Net>::new(1);
}
