plywood::network! {
    Net: Flat<8> => Flat<4> {
        dense(8): hidden,
        dense(4),
    }
}

fn main() {}
