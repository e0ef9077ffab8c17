struct Sizes;

impl Sizes {
    const WIDTH: usize = 8;

    fn count() -> usize {
        plywood::network! {
            Net: Flat<4> => Flat<2> { dense(Self::WIDTH), dense(2) }
        }
        <Net as plywood::Layer>::PARAMS
    }
}

fn main() {
    let _ = (Sizes::count(), Sizes::WIDTH);
}
