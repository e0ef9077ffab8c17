plywood::network! {
    Net: Flat<8> => Flat<8> {
        dense2: dense(8),
        dense(8),
        residual { relu, tanh4: dense(8), relu, tanh },
    }
    Raw: Flat<8> => Flat<8> { r#dense2: dense(8), dense(8) }
}

fn main() {
    let _ = plywood::Model::<Net>::new(1);
}
