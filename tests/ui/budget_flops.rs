plywood::network! {
    Net: Flat<8> => Flat<8> {
        dense(100), relu,
        last: dense(8),
    } budget { params <= 2_000, flops <= 2_000 }
}

fn main() {
    let _ = plywood::Model::<Net>::new(1);
}
