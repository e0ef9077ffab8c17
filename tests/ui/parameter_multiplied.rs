plywood::network! {
    Net<const H: usize>: Flat<784> => Flat<10> { dense(2 * H), dense(10) }
}

fn main() {
    let _ = plywood::Model::<Net<20>>::new(1);
}
