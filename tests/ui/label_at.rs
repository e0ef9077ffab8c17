plywood::network! {
    Net: Flat<8> => Flat<4> {
        hidden @ dense(8),
        dense(4),
    }
}

fn main() {}
