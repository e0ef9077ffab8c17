plywood::network! {
    Net<const N: usize>: Image<8, 8, N> => Flat<8> { Gain<N>, conv(8, 3), global_avg_pool }
    Wide<const N: usize>: Image<8, 8, N> => Flat<8> { conv(8, 3), Gain<{ 2 * N }>, global_avg_pool }
    Gain<const N: usize>: Image<8, 8, N> => Image<8, 8, N> { relu }
}

fn main() {}
