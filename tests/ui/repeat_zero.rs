const NONE: usize = 0;

plywood::network! {
    Net: Flat<8> => Flat<8> {
        repeat(0) { dense(8) },
        repeat { relu },
        repeat(2, 3) { relu },
        repeat(NONE) { relu },
    }
}

fn main() {
    let _ = plywood::Model::<Net>::new(1);
}

// COPIES = 3
