plywood::network! {
    Net: Flat<8> => Flat<8> {
        //! The scores.
        dense(8),
        relu,
    }
}

fn main() {
    let _ = plywood::Model::<Net>::new(1);
}
