plywood::network! {
    Net: Flat<8> => Flat<8> {
        dense(8),
        params <= 100,
        flops <= 100,
    }
}

fn main() {
    let _ = plywood::Model::<Net>::new(1);
}
