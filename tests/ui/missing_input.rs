plywood::network! {
    Net { dense(10) }
}

fn main() {
    let _ = plywood::Model::<Net>::new(1);
}
