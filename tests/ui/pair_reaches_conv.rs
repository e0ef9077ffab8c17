plywood::network! {
    Net: Image<8, 8, 3> => Flat<3> { heads { identity } { flatten }, conv(4, kernel = 3), flatten, dense(3) }
}

fn main() {
    let _ = plywood::Model::<Net>::new(1);
}
