plywood::network! {
    Net<L: Layer>: Flat<8> => Flat<8> { relu, L }
}

fn main() {}
