plywood::network! {
    Net: Flat<8> => Flat<8> { dense(8) },
    budget { params <= 500 }
}

fn main() {
    let _ = plywood::Model::<Net>::new(1);
}
