plywood::network! {
    Net: Flat<28> => Flat<2> { dense(2) }
    bugdet { params <= 100 }
}

fn main() {
    let _ = plywood::Model::<Net>::new(1);
}
