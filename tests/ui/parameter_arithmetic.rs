plywood::network! {
    Net<const H: usize>: Image<H, 28, 1> => Flat<10> {
        flatten,
        dense(10),
    }
}

fn main() {}
