const C: usize = 2;

plywood::network! {
    Net: Flat<48> => Flat<10> {
        reshape(4, 4, C),
        flatten,
        dense(10),
    }
}

fn main() {
    let _ = plywood::Model::<Net>::new(1);
}
