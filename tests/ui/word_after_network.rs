plywood::network! {
    Net: Flat<8> => Flat<8> { dense(8) }
    end
}

fn main() {
    let _ = plywood::Model::<Net>::new(1);
}
