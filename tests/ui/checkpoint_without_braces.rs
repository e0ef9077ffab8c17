plywood::network! {
    Net: Flat<8> => Flat<4> {
        checkpoint dense(8),
        dense(4),
    }
}

fn main() {}
