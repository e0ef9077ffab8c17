plywood::network! {
    Net: Flat<8> => Flat<8> {
        dense(8),
        budget { params <= 100 },
    } bugdet { params <= 100 }
}

fn main() {
    let _ = plywood::Model::<Net>::new(1);
}
