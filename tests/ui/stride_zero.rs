plywood::network! {
    Net: Image<8, 8, 1> => Flat<10> {
        conv(4, kernel = 3, stride = 0),
        max_pool(2, stride = (2, 0)),
        flatten,
        dense(10),
    }
}

fn main() {
    let _ = plywood::Model::<Net>::new(1);
}
