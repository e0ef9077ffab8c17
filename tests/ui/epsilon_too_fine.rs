plywood::network! {
    Net: Flat<8> => Flat<8> { batch_norm(eps = 1e-15), dense(8) }
}

fn main() {}
