plywood::network! {
    //! Reads.
    Net: Flat<8> => Flat<8> { dense(8) }
}

fn main() {}
