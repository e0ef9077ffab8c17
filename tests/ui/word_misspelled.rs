plywood::network! {
    Net: Image<28, 28, 1> => Flat<10> {
        conv(6, kernel = 5, pad = some),
        conv(6, kernel = 5, mode = mirrored, bias = 1),
        max_pool(2, edge = cell),
        flatten,
        dense(10),
    }
}

fn main() {
    let _ = plywood::Model::<Net>::new(1);
}
