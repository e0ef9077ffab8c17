plywood::network! {
    Inner: Flat<8> => Flat<4> { dense(4) }

    /// Whoever sees the network sees the one in it.
    pub Outer: Flat<8> => Flat<4> { repeat(2) { dense(8), relu }, last: Inner }
}

fn main() {}
