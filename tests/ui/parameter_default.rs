plywood::network! {
    Net<const H: usize = 20>: Flat<784> => Flat<10> { dense(H), dense(10) }
}

fn main() {
    let _ = plywood::Model::<Net<20>>::new(1);
}
