plywood::network! {
    Net: Flat<8> => Flat<8> { dense(8) }
    budget { memory <= 99999999999 GiB }
}

fn main() {}
