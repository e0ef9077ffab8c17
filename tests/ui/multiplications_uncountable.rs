const N: usize = 4_000_000_000;

plywood::network! {
    Written: Flat<4_000_000_000> => Flat<10> { dense(4_000_000_000), dense(10) }

    Windows: Image<60_000, 60_000, 1> => Image<60_000, 60_000, 1> { conv(1, kernel = 59_999, pad = same) }

    Copies: Flat<100_000> => Flat<100_000> { repeat(4_000_000_000) { dense(100_000) } }

    Sum: Flat<4_000_000_000> => Flat<100_000_000> {
        dense(100_000_000), dense(4_000_000_000), dense(100_000_000),
    }
}

mod constants {
    use super::N;

    plywood::network! {
        Net: Flat<N> => Flat<N> { dense(N) }
    }
}

fn main() {}
