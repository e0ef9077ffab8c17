plywood::network! {
    Net: Image<8, 8, 1> => Flat<8> {
        residual { conv(8, kernel = 3, pad = same) } s: shortcut { conv(8, kernel = 1) },
        flatten,
        dense(8),
    }
}

fn main() {
    let _ = plywood::Model::<Net>::new(1);
}
