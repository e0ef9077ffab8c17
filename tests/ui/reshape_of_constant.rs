const N: usize = 47;

plywood::network! {
    Net: Image<4, 4, 3> => Flat<10> {
        reshape(N),
        dense(10),
    }
}

fn main() {
    let _ = plywood::Model::<Net>::new(1);
}
