plywood::network! {
    Net: Flat<8> => Flat<8> {
        UnitNormalization(),
        dense(8),
        l2_normalize(eps = 1e-15),
    }
}

fn main() {
    let _ = plywood::Model::<Net>::new(1);
}
