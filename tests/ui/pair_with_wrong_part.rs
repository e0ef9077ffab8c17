plywood::network! {
    Net: (Flat<4>, Image<5>) => Flat<4> { pairwise { identity } { global_avg_pool, dense(4) }, add }
}

fn main() {
    let _ = plywood::Model::<Net>::new(1);
}

// HEIGHT = 8, WIDTH = 8, CHANNELS = 2
