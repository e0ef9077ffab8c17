plywood::network! {
    Net: Flat<4> => Flat<4> { heads }
}

fn main() {
    let _ = plywood::Model::<Net>::new(1);
}
