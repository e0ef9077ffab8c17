plywood::network! {
    Net: Flat<4> => Flat<4> { residual { heads { dense(4) } { dense(4) } } }
}

fn main() {
    let _ = plywood::Model::<Net>::new(1);
}
