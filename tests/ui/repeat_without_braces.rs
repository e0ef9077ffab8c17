plywood::network! {
    Net: Flat<8> => Flat<4> {
        repeat(3) dense(8),
        dense(4),
    }
}

fn main() {}
