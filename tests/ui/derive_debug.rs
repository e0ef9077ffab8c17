plywood::network! {
    #[derive(Debug)]
    Net: Flat<8> => Flat<4> {
        dense(4),
    }
}

fn main() {}
