plywood::network! {
    Net: Flat<28> => Flat<28> {
        batch_norm(momentum = 1.5),
    }
}

fn main() {
    let _ = plywood::Model::<Net>::new(1);
}
