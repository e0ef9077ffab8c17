plywood::network! {
    Net: Flat<8> => Flat<8> {
        dense(1000), relu,
        dense(8),
    } budget { memory <= 64 KiB, training_memory <= 100_000 B at 32 }
}

fn main() {
    let _ = plywood::Model::<Net>::new(1);
}
