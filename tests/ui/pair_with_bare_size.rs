plywood::network! {
    Net: (4, Flat<5>) => Flat<9> { join }
}

fn main() {
    let _ = plywood::Model::<Net>::new(1);
}
