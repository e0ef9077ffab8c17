plywood::network! {
    Net: Image<4, 9, 1> => Flat<10> {
        conv(4, kernel = 9, pad = 4, mode = reflect),
        flatten,
        dense(10),
    }
}

fn main() {
    let _ = plywood::Model::<Net>::new(1);
}
