plywood::network! {
    Net: Flat<28> => Flat<28> {
        batch_norm(eps = 0.0),
    }
}

fn main() {
    let _ = plywood::Model::<Net>::new(1);
}
