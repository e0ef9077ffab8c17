plywood::network! {
    Net: (Image<8, 8, 3>, Flat<4>) => Flat<196> { join }
}

fn main() {
    let _ = plywood::Model::<Net>::new(1);
}
