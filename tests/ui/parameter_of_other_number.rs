plywood::network! {
    Net<N: u32>: Flat<8> => Flat<8> { dense(N), dense(8) }
}

fn main() {}
