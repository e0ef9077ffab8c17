plywood::network! {
    Net: Flat<8> => Flat<6> => Flat<4> {
        dense(6),
        dense(4),
    }
}

fn main() {}
