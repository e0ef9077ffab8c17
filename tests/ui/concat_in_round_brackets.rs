plywood::network! {
    Net: Flat<8> => Flat<16> {
        concat(relu, tanh),
    }
}

fn main() {
    let _ = plywood::Model::<Net>::new(1);
}
