plywood::network! {
    Net: Flat<8> => Flat<4> {
        Inner: Flat<8> => Flat<8> { dense(8) },
        dense(4),
    }
}

fn main() {}
