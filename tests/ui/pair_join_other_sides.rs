plywood::network! {
    Net: (Image<8, 8, 3>, Image<4, 4, 3>) => Image<8, 8, 6> { join }
}

fn main() {
    let _ = plywood::Model::<Net>::new(1);
}
