plywood::network! {
    Net: Flat<8> => Flat<4> {
        todo!(),
        dense(4),
    }
}

fn main() {}
