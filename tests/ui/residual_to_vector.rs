plywood::network! {
    Net: Image<4, 4, 2> => Flat<5> {
        residual { conv(3, kernel = 2), flatten, dense(5) },
    }
}

fn main() {
    let _ = plywood::Model::<Net>::new(1);
}
