plywood::network! {
    Inner: Flat<784> => Flat<20> { dense(20) },
    Net: Flat<784> => Flat<10> { Inner, dense(10) }
}

fn main() {
    let _ = plywood::Model::<Net>::new(1);
}
