plywood::network! {
    Net<const H: usize>: Flat<784> => Flat<10> {
        dense(H),
        Inner<H>,
        dense(10),
    }
    Inner<const H: usize>: Flat<H> => Flat<H> {
        dense(H),
    }
}

fn main() {}
// SHAPE = H
