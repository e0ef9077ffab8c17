struct Activation;

plywood::network! {
    Net: Flat<8> => Flat<8> {
        dense(8), Activation,
        dense(8), Activation,
        residual { dense(8), Activation, concat { Activation } { dense(4) }, dense(8) },
        dense(8), last: Activation,
    }
}

fn main() {
    let _ = plywood::Model::<Net>::new(1);
}
