plywood::network! {
    Net: Image<28, 28, 1> => Flat<10> {
        batch_norm(momentum = 1.5),
        batch_norm(eps = 0.0, momentum = -0.1),
        batch_norm(eps = 1e-15),
        flatten,
        dense(10),
    }
}

fn main() {
    let _ = plywood::Model::<Net>::new(1);
}
