plywood::network! {
    Net: (Flat<4>, Flat<5>) => Flat<4> { add }
}

fn main() {
    let _ = plywood::Model::<Net>::new(1);
}
