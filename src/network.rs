//! What `network!` declares.

use crate::Layer;

/// A declared network: a layer that consists of others, with a name.
pub trait Network: Layer {
    /// What it consists of: a balanced tree of pairs.
    type Layers: Layer<In = Self::In, Out = Self::Out>;
}

/// Everything of [`Layer`](crate::Layer) but the outline, as another layer does it.
#[doc(hidden)]
#[macro_export]
macro_rules! delegate_layer {
    ($layer:ty) => {
        type In = <$layer as $crate::Layer>::In;
        type Out = <$layer as $crate::Layer>::Out;

        const NAME: &'static ::core::primitive::str = <$layer as $crate::Layer>::NAME;
        const LAYERS: ::core::primitive::usize = <$layer as $crate::Layer>::LAYERS;
        const PARAMS: ::core::primitive::usize = <$layer as $crate::Layer>::PARAMS;
        const BUFFERS: ::core::primitive::usize = <$layer as $crate::Layer>::BUFFERS;
        const TAPE: $crate::Space = <$layer as $crate::Layer>::TAPE;
        const SCRATCH: $crate::Space = <$layer as $crate::Layer>::SCRATCH;
        const INFER_SCRATCH: $crate::Space = <$layer as $crate::Layer>::INFER_SCRATCH;
        const FLOPS: ::core::primitive::usize = <$layer as $crate::Layer>::FLOPS;
        const WIDTH: ::core::primitive::usize = <$layer as $crate::Layer>::WIDTH;
        const FIELD: $crate::Field = <$layer as $crate::Layer>::FIELD;
        const PLACE: $crate::Place = <$layer as $crate::Layer>::PLACE;
        const USES_INPUT: ::core::primitive::bool = <$layer as $crate::Layer>::USES_INPUT;
        const USES_OUTPUT: ::core::primitive::bool = <$layer as $crate::Layer>::USES_OUTPUT;
        const KEEPS_DY: ::core::primitive::bool = <$layer as $crate::Layer>::KEEPS_DY;

        fn init<T: $crate::Scalar>(params: &mut [T], buffers: &mut [T], init: &mut $crate::Init) {
            <$layer as $crate::Layer>::init(params, buffers, init);
        }
        #[inline]
        fn forward<T: $crate::Scalar>(pass: $crate::Pass, io: $crate::Forward<'_, T>) {
            <$layer as $crate::Layer>::forward(pass, io);
        }
        #[inline]
        fn backward<T: $crate::Scalar>(pass: $crate::Pass, io: $crate::Backward<'_, T>) {
            <$layer as $crate::Layer>::backward(pass, io);
        }
        #[inline]
        fn infer<T: $crate::Scalar>(
            pass: $crate::Pass,
            params: &[T],
            buffers: &[T],
            stage: &mut $crate::Stage<'_, T>,
        ) {
            <$layer as $crate::Layer>::infer(pass, params, buffers, stage);
        }
    };
}
