plywood::network! {
    Net: Flat<8> => Flat<8> {
        fc-1: dense(8),
    }
}

fn main() {
    let _ = plywood::Model::<Net>::new(1);
}
