plywood::network! {
    Net: Image<4, 28, 1> => Flat<10> {
        conv(4, kernel = (2, 3), dilation = (4, 1)),
        flatten,
        dense(10),
    }
}

fn main() {
    let _ = plywood::Model::<Net>::new(1);
}
