plywood::network! {
    Net: Flat<8> => Flat<4> {
        dropout(0,5),
        dense(4),
    }
}

fn main() {}
