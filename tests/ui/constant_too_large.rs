const N: usize = usize::MAX;

plywood::network! {
    Net: Flat<8> => Flat<8> {
        dense(N),
        dense(8),
    }
}

fn main() {
    let _ = plywood::Model::<Net>::new(1);
}
