plywood::network! {
    Net: Image<4, 4, 2> => Flat<35> {
        concat { flatten } { dense(3) },
    }
}

fn main() {
    let _ = plywood::Model::<Net>::new(1);
}
