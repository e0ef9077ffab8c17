plywood::network! {
    Net: Flat<1> => Flat<2> { dense(2) }
    budget { params <= 5 KiB }
}

fn main() {}
