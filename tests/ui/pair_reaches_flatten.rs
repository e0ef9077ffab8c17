plywood::network! {
    Net: (Image<2, 2, 1>, Flat<4>) => Flat<8> { flatten }
}

fn main() {
    let _ = plywood::Model::<Net>::new(1);
}
