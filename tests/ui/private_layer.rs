struct MyLayer;

plywood::network! {
    /// Whoever sees the network sees its layers.
    pub Net: Flat<64> => Flat<10> {
        MyLayer,
        dense(10),
    }
}

impl plywood::Layer for MyLayer {
    type In = plywood::Flat<64>;
    type Out = plywood::Flat<64>;
    const NAME: &'static str = "my_layer";

    fn forward<T: plywood::Scalar>(_: plywood::layer::Pass, _: plywood::layer::Forward<'_, T>) {}
    fn backward<T: plywood::Scalar>(_: plywood::layer::Pass, _: plywood::layer::Backward<'_, T>) {}
}

fn main() {}
