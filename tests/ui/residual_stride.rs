plywood::network! {
    Net: Image<32, 32, 16> => Image<16, 16, 16> {
        residual { conv(16, kernel = 3, stride = 2, pad = 1) },
    }
}

fn main() {
    let _ = plywood::Model::<Net>::new(1);
}
