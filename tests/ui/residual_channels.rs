plywood::network! {
    Net: Image<8, 8, 16> => Image<8, 8, 32> {
        residual { concat { relu } { tanh } },
    }
}

fn main() {
    let _ = plywood::Model::<Net>::new(1);
}
