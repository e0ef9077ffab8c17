plywood::network! { Net: Flat<4> => Flat<4> { Other } }

plywood::network! { Other: Flat<4> => Flat<4> { Net } }

fn main() {
    let _ = plywood::Model::<Net>::new(1);
}
