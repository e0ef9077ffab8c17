plywood::network! {
    Net: Flat<8> => Flat<8> {
        dense(8),
    } budget {
        parms <= 100,
        params < 100,
        memory <= 512,
        flops <= 10k,
        training_memory <= 1 GB,
        params <= 1 MiB,
        training_memory <= 1 MiB,
    }
}

fn main() {
    let _ = plywood::Model::<Net>::new(1);
}
