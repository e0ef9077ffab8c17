plywood::network! {
    Net: Image<8, 8, 3> => Flat<4> { join, flatten, dense(4) }
}

fn main() {
    let _ = plywood::Model::<Net>::new(1);
}
