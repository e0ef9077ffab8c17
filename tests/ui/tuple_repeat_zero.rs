use plywood::layers::{Dense, Repeat};
use plywood::Layer;

const _: usize = Repeat::<0, Dense<20, 20>>::PARAMS;

fn main() {}
