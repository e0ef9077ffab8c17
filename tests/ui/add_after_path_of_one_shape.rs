plywood::network! {
    Inner: Flat<4> => Flat<4> { dense(4) }
    Net: Flat<4> => Flat<4> { Inner, add }
}

fn main() {
    let _ = plywood::Model::<Net>::new(1);
}
