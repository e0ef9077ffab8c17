use plywood::layer::{Backward, Forward, Pass};
use plywood::{Flat, Layer, Scalar};

struct MyLayer<const N: usize>;

impl<const N: usize> Layer for MyLayer<N> {
    type In = Flat<N>;
    type Out = Flat<N>;
    const NAME: &'static str = "my_layer";

    fn forward<T: Scalar>(_: Pass, _: Forward<'_, T>) {}
    fn backward<T: Scalar>(_: Pass, _: Backward<'_, T>) {}
}

plywood::network! {
    Net: Flat<64> => Flat<10> {
        MyLayer(64),
        dense(10),
    }
}

fn main() {
    let _ = plywood::Model::<Net>::new(1);
}
