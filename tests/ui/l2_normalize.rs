plywood::network! {
    Net: Flat<8> => Flat<8> {
        dense(8),
        l2_normalize(2),
        l2_normalize(eps = 1e-15),
        UnitNormalization(),
        F.normalize,
    }
}

fn main() {
    let _ = plywood::Model::<Net>::new(1);
}
