plywood::network! {
    Net: Flat<784> => Flat<10> { dense(10) }
    Net: Flat<784> => Flat<20> { dense(20) }
}

fn main() {
    let _ = plywood::Model::<Net>::new(1);
}
