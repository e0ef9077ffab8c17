plywood::network! {
    Inner: Image<28, 28, 1> => Flat<20> {
        dense(20),
    }
    Net: Image<28, 28, 1> => Flat<10> {
        Inner,
        droput(0.5),
        dense(10),
    }
}

fn main() {
    let _ = plywood::Model::<Net>::new(1);
}
