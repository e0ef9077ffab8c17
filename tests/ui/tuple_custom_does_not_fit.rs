use plywood::layers::Relu;
use plywood::layer::{Backward, Forward, Pass};
use plywood::{Image, Layer, Scalar};

struct MyLayer<const N: usize>;

impl<const N: usize> Layer for MyLayer<N> {
    type In = Image<N, N, 1>;
    type Out = Image<N, N, 1>;
    const NAME: &'static str = "my_layer";

    fn forward<T: Scalar>(_: Pass, _: Forward<'_, T>) {}
    fn backward<T: Scalar>(_: Pass, _: Backward<'_, T>) {}
}

type Net = (Relu<Image<28, 28, 1>>, MyLayer<32>);

const _: usize = <Net as Layer>::PARAMS;

fn main() {}
