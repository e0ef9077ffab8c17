plywood::network! {
    Net: Flat<28> => Flat<6> {
        dense(6, bias = 0),
    }
}

fn main() {
    let _ = plywood::Model::<Net>::new(1);
}
