const TABLE: [usize; 2] = [0, 5];

plywood::network! {
    Net: Flat<8> => Flat<2> {
        Inner,
        select(TABLE),
    }
    Inner: Flat<8> => Flat<6> { dense(6) }
}

fn main() {
    let _ = plywood::Model::<Net>::new(1);
}

// SHAPE = 6
