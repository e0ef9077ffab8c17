plywood::network! {
    Net<T>: Flat<784> => Flat<10> {
        dense(10),
    }
}

fn main() {}
