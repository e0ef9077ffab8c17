plywood::network! {
    Net: Flat<28> => Flat<28> {
        repeat(2) { relu } { tanh },
    }
}

fn main() {
    let _ = plywood::Model::<Net>::new(1);
}
