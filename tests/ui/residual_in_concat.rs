plywood::network! {
    Net: Flat<8> => Flat<12> {
        concat { relu } { residual { dense(4), tanh } },
    }
}

fn main() {
    let _ = plywood::Model::<Net>::new(1);
}
