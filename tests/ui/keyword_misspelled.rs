plywood::network! {
    Net: Flat<28> => Flat<1> { dnese(1) }
}

fn main() {
    let _ = plywood::Model::<Net>::new(1);
}
