plywood::network! {
    Net: Flat<4> => Flat<4> { multiply }
}

fn main() {
    let _ = plywood::Model::<Net>::new(1);
}
