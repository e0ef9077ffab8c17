use plywood::layers::{Select, Table};
use plywood::{Image, Layer};

struct Chosen;

impl Table for Chosen {
    const INPUTS: &'static [usize] = &[0, 3];
}

type Bad = Select<Image<4, 4, 3>, Image<4, 4, 2>, Chosen>;

const _: usize = Bad::WIDTH;

fn main() {}
