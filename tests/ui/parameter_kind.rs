plywood::network! {
    Net<const H: u32>: Flat<784> => Flat<10> {
        dense(10),
    }
}

fn main() {}
