plywood::network! {
    Net: Flat<8> => Flat<8> {
        Inner3: dense(8),
        relu,
        Inner,
    }

    Inner: Flat<8> => Flat<8> { dense(8) }
}

fn main() {
    let _ = plywood::Model::<Net>::new(1);
}
