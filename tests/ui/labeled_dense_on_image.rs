plywood::network! {
    Net: Image<28, 28, 1> => Flat<10> {
        relu,
        last: dense(10),
    }
}

fn main() {
    let _ = plywood::Model::<Net>::new(1);
}
