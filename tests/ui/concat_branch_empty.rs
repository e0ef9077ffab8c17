plywood::network! {
    Net: Flat<28> => Flat<56> {
        concat { relu } {},
    }
}

fn main() {
    let _ = plywood::Model::<Net>::new(1);
}
