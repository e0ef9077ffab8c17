const CHANNELS: usize = 8;
const ONE: usize = 1;

plywood::network! {
    Groups: Image<4, 4, CHANNELS> => Flat<CHANNELS> { global_avg_pool, group_norm(CHANNELS) }

    Single: Flat<4> => Flat<1> { dense(ONE), layer_norm }
}

fn main() {
    let _ = plywood::Model::<Groups>::new(1);
}
