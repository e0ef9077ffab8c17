const H: usize = 4;

const fn h() -> usize {
    8
}

plywood::network! {
    Gain<const N: usize>: Flat<N> => Flat<N> { scale }
    Net: Flat<8> => Flat<8> {
        Gain<H * 2>,
        Gain<h()>,
        Gain<(8)>,
        Gain<n = 8>,
        Gain { n: 8 },
        Gain[8],
        Gain<8>(),
        Gain::<8>::new(),
        Gain<_>,
    }
}

fn main() {}
// SIZE = 8
