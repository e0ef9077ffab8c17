plywood::network! {
    Net: Image<4, 4, 2> => Flat<3> {
        checkpoint { relu, dense(3) },
    }
}

fn main() {
    let _ = plywood::Model::<Net>::new(1);
}
