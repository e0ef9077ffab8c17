plywood::network! {
    Net: (Flat<4_294_967_295>, Flat<4_294_967_295>) => Flat<2> { pairwise { dense(1) } { dense(1) }, join }
}

fn main() {
    let _ = plywood::Model::<Net>::new(1);
}
