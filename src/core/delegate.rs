//! Implements a layer as another layer under a new name.

/// Writes every item of [`Layer`](crate::Layer) except the outline by delegating to another layer.
///
/// A network passes its own name and a proof, which is an expression of type `()` that fails to compile if something
/// does not fit. Everything that computes evaluates the proof. The shapes are written where an error about them should
/// point. The names of bindings and type parameters begin with `__`, because Rust would read a binding as a pattern if
/// the user had a constant or unit struct of the same name.
#[doc(hidden)]
#[macro_export]
macro_rules! delegate_layer {
    ($layer:ty) => {
        $crate::delegate_layer!(
            $layer,
            input = <$layer as $crate::Layer>::In,
            output = <$layer as $crate::Layer>::Out,
            name = <$layer as $crate::Layer>::NAME,
            proof = ()
        );
    };
    ($layer:ty, input = $input:ty, output = $output:ty, name = $name:expr, proof = $proof:expr) => {
        type In = $input;
        type Out = $output;

        $crate::delegate_layer!($layer, name = $name, proof = $proof);
    };
    ($layer:ty, name = $name:expr, proof = $proof:expr) => {
        $crate::delegate_layer!(@all_but_training $layer, $name, $proof);

        #[inline]
        fn forward<__T: $crate::Scalar>(__pass: $crate::layer::Pass, __io: $crate::layer::Forward<'_, __T>) {
            let () = $proof;
            <$layer as $crate::Layer>::forward(__pass, __io);
        }
        #[inline]
        fn backward<__T: $crate::Scalar>(
            __pass: $crate::layer::Pass,
            __io: $crate::layer::Backward<'_, __T>,
        ) {
            <$layer as $crate::Layer>::backward(__pass, __io);
        }
    };
    (@all_but_training $layer:ty, $name:expr, $proof:expr) => {
        const NAME: &'static ::core::primitive::str = $name;
        const PARAMS: ::core::primitive::usize = <$layer as $crate::Layer>::PARAMS;
        const BUFFERS: ::core::primitive::usize = <$layer as $crate::Layer>::BUFFERS;
        const MEMORY: $crate::layer::Memory = <$layer as $crate::Layer>::MEMORY;
        const COST: $crate::layer::Cost = <$layer as $crate::Layer>::COST;
        const FUSION: $crate::layer::Fusion = <$layer as $crate::Layer>::FUSION;

        fn init<__T: $crate::Scalar>(
            __params: &mut [__T],
            __buffers: &mut [__T],
            __init: &mut $crate::layer::Init,
        ) {
            let () = $proof;
            <$layer as $crate::Layer>::init(__params, __buffers, __init);
        }
        fn clear<__T: $crate::Scalar>(__grads: &mut [__T]) {
            <$layer as $crate::Layer>::clear(__grads);
        }
        fn fold<__T: $crate::Scalar>(__params: &mut [__T], __buffers: &[__T]) {
            <$layer as $crate::Layer>::fold(__params, __buffers);
        }
        fn absorb<__T: $crate::Scalar>(__params: &mut [__T], __affine: &mut [__T]) {
            <$layer as $crate::Layer>::absorb(__params, __affine);
        }
        #[inline]
        fn infer<__T: $crate::Scalar>(
            __pass: $crate::layer::Pass,
            __io: $crate::layer::Infer<'_, __T>,
            __work: &mut $crate::layer::Workspace<'_, __T>,
        ) {
            let () = $proof;
            <$layer as $crate::Layer>::infer(__pass, __io, __work);
        }
    };
}
