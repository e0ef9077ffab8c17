plywood::network! {
    Net: Flat<8> => Flat<8> {
        dense(100), relu,
        repeat(2) { dense(100), relu },
        dense(8),
    } budget {
        params <= 20_000,
    }
}

fn main() {
    let _ = plywood::Model::<Net>::new(1);
}
