plywood::network! {
    Net: Image<4, 4, 2> => Flat<3> {
        checkpoint {
            residual {
                repeat(2) { relu },
                concat { dense(1) } { flatten, dense(2) },
            } shortcut {
                flatten, dense(3),
            },
        },
    }
}

fn main() {
    let _ = plywood::Model::<Net>::new(1);
}
