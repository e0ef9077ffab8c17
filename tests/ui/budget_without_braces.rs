plywood::network! {
    Net: Flat<784> => Flat<10> { dense(10) }
    budget params <= 10_000, memory <= 1 MiB

    Other: Flat<4> => Flat<2> { dense(2) }
}

fn main() {
    let _ = (plywood::Model::<Net>::new(1), plywood::Model::<Other>::new(1));
}
