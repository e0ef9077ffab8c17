plywood::network! {
    Net: Image<5, 28, 1> => Flat<10> {
        conv(4, kernel = 3),
        conv(4, kernel = 7),
        flatten,
        dense(10),
    }
}

fn main() {
    let _ = plywood::Model::<Net>::new(1);
}
