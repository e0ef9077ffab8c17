plywood::network! {
    Net: Flat<64> => Flat<10> {
        MyLayer(64),
        dense(10),
    }
}

fn main() {}
