const SIDE: usize = 1 << 20;

plywood::network! {
    Net: Image<SIDE, SIDE, 1> => Flat<1> { flatten, dense(1) }
}

fn main() {
    let _ = plywood::Model::<Net>::new(1);
}
