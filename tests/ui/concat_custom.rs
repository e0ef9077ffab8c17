plywood::network! {
    Net: Image<4, 4, 2> => Flat<8> {
        concat { Inner } { relu },
        flatten,
        dense(8),
    }
    Inner: Image<4, 4, 2> => Flat<5> {
        flatten,
        dense(5),
    }
}

fn main() {
    let _ = plywood::Model::<Net>::new(1);
}
