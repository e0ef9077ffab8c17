plywood::network! {
    Net: Image<8, 10, 3> => Image<8, 10, 8> {
        concat { conv(4, kernel = 3, pad = 1) } { conv(4, kernel = 3) },
    }
}

fn main() {
    let _ = plywood::Model::<Net>::new(1);
}
