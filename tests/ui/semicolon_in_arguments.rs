plywood::network! {
    Net: Image<28, 28, 1> => Flat<4> {
        conv(6; kernel = 3),
        flatten,
        dense(4),
    }
}

fn main() {}
