//! Gives each layer inside another layer its own part of every arena.

use std::marker::PhantomData;

use crate::core::{Backward, Declared, Epilogue, Forward, Infer, Init, Layer, Pass, call};
use plywood_kernel::Scalar;

/// A layer inside another one during training, with its view of the pass and its part of each arena.
///
/// A layer around two others [splits](Forward::split) the slices that it receives:
///
/// ```
/// use std::marker::PhantomData;
///
/// use plywood::check::contract;
/// use plywood::layers::{Dense, Relu, Sigmoid};
/// use plywood::layer::{Backward, Cost, Forward, Init, Memory, Pass, Space, Visitor, call};
/// use plywood::{Declared, Flat, Layer, Scalar, Shape};
///
/// /// y = F(x) + G(x), for layers without running statistics.
/// struct Sum<F, G>(PhantomData<(F, G)>);
///
/// impl<F: Layer, G: Layer<In = F::In, Out = F::Out>> Layer for Sum<F, G> {
///     type In = F::In;
///     type Out = F::Out;
///     const NAME: &'static str = "sum";
///     const PARAMS: usize = F::PARAMS + G::PARAMS;
///     // both outputs are kept, and each branch may overwrite a gradient of its own
///     const MEMORY: Memory = Memory::OUT_OF_PLACE
///         .tape(F::TAPE.and(G::TAPE).and(Space::per_example(2 * F::Out::LEN)))
///         .scratch(F::SCRATCH.or(G::SCRATCH).and(Space::per_example(F::Out::LEN + F::In::LEN)))
///         .reads_input();
///     const COST: Cost = F::COST.beside(G::COST).plus_flops(F::Out::LEN);
///
///     fn init<T: Scalar>(params: &mut [T], buffers: &mut [T], init: &mut Init) {
///         call::init_two::<F, G, T>(params, buffers, init);
///     }
///     fn forward<T: Scalar>(pass: Pass, mut io: Forward<'_, T>) {
///         let len = F::Out::LEN * pass.batch;
///         let (y_f, y_g) = (io.take_tape(len), io.take_tape(len));
///         let (mut f, mut g) = io.split::<F, G>(pass);
///         f.forward(io.x, y_f, io.scratch);
///         g.forward(io.x, y_g, io.scratch);
///         for ((y, y_f), y_g) in io.y.iter_mut().zip(y_f).zip(y_g) {
///             *y = *y_f + *y_g;
///         }
///     }
///     fn backward<T: Scalar>(pass: Pass, mut io: Backward<'_, T>) {
///         let len = F::Out::LEN * pass.batch;
///         let (y_f, y_g) = (io.take_tape(len), io.take_tape(len));
///         let (dy_f, dx_g) = (io.take_scratch(len), io.take_scratch(F::In::LEN * pass.batch));
///         let (mut f, mut g) = io.split::<F, G>(pass);
///         dy_f.copy_from_slice(io.dy);
///         f.backward([io.x, y_f], dy_f, io.dx.as_deref_mut(), io.scratch);
///         g.backward([io.x, y_g], io.dy, io.dx.is_some().then_some(&mut *dx_g), io.scratch);
///         for (dx, dx_g) in io.dx.into_iter().flatten().zip(dx_g) {
///             *dx += *dx_g;
///         }
///     }
///     fn outline<V: Visitor>(visitor: &mut V) {
///         visitor.block::<Self>(|visitor| {
///             F::outline(visitor);
///             G::outline(visitor);
///         });
///     }
/// }
///
/// contract::<Sum<(Dense<3, 4>, Sigmoid<Flat<4>>), (Dense<3, 4>, Relu<Flat<4>>)>>(3, 1)?;
/// # Ok::<(), plywood::check::Violation>(())
/// ```
#[derive(Debug)]
pub struct Inner<'a, L, T> {
    pass: Pass,
    params: &'a [T],
    buffers: &'a mut [T],
    grads: &'a mut [T],
    tape: &'a mut [T],
    layer: PhantomData<L>,
}

impl<L: Layer, T: Scalar> Inner<'_, L, T> {
    /// Computes [`L::forward`](Layer::forward) from `x` to `y`, for a layer of any [layout](crate::layer::Memory).
    #[inline]
    pub fn forward(&mut self, x: &[T], y: &mut [T], scratch: &mut [T]) {
        self.forward_with(Epilogue::NONE, x, y, scratch);
    }

    /// Computes [`L::forward`](Layer::forward) and an epilogue, which `L` must declare that it performs.
    #[inline]
    pub(crate) fn forward_with(
        &mut self,
        epilogue: Epilogue<'_, T>,
        x: &[T],
        y: &mut [T],
        scratch: &mut [T],
    ) {
        call::forward::<L, T>(self.pass, self.forwards(epilogue, x, y, scratch));
    }

    /// Computes `L::forward`, for a caller that has arranged the memory as the layer's layout asks.
    #[inline]
    pub(crate) fn forward_without_copy(
        &mut self,
        epilogue: Epilogue<'_, T>,
        x: &[T],
        y: &mut [T],
        scratch: &mut [T],
    ) {
        call::forward_without_copy::<L, T>(self.pass, self.forwards(epilogue, x, y, scratch));
    }

    #[inline]
    fn forwards<'s>(
        &'s mut self,
        epilogue: Epilogue<'s, T>,
        x: &'s [T],
        y: &'s mut [T],
        scratch: &'s mut [T],
    ) -> Forward<'s, T> {
        let Self { params, buffers, tape, .. } = self;
        Forward { params, buffers, x, y, epilogue, tape, scratch }
    }

    /// Computes [`L::backward`](Layer::backward) from `dy` to `dx`, for a layer of any [layout](crate::layer::Memory).
    ///
    /// `activations` are the input and output `[x, y]` of the forward pass.
    #[inline]
    pub fn backward(
        &mut self,
        activations: [&[T]; 2],
        dy: &mut [T],
        dx: Option<&mut [T]>,
        scratch: &mut [T],
    ) {
        call::backward::<L, T>(self.pass, self.backwards(false, activations, dy, dx, scratch));
    }

    /// Computes `L::backward`, for a caller that has arranged the memory as the layer's layout asks.
    ///
    /// `rectified` is true if the forward pass rectified in place of the next layer.
    #[inline]
    pub(crate) fn backward_without_copy(
        &mut self,
        rectified: bool,
        activations: [&[T]; 2],
        dy: &mut [T],
        dx: Option<&mut [T]>,
        scratch: &mut [T],
    ) {
        call::backward_without_copy::<L, T>(
            self.pass,
            self.backwards(rectified, activations, dy, dx, scratch),
        );
    }

    #[inline]
    fn backwards<'s>(
        &'s mut self,
        rectified: bool,
        [x, y]: [&'s [T]; 2],
        dy: &'s mut [T],
        dx: Option<&'s mut [T]>,
        scratch: &'s mut [T],
    ) -> Backward<'s, T> {
        let Self { params, buffers, grads, tape, .. } = self;
        Backward { params, buffers, x, y, rectified, dy, dx, grads, tape, scratch }
    }
}

/// Splits the arenas of a layer that consists of `A` and `B`, in this order.
#[inline]
fn split<'a, A: Layer, B: Layer, T: Scalar>(
    pass: Pass,
    params: &'a [T],
    [buffers, grads, tape]: [&'a mut [T]; 3],
) -> (Inner<'a, A, T>, Inner<'a, B, T>) {
    let (params_a, params_b) = params.split_at(A::PARAMS);
    let (buffers_a, buffers_b) = buffers.split_at_mut(A::BUFFERS);
    // a forward pass has no gradients
    let (grads_a, grads_b) = grads.split_at_mut(if grads.is_empty() { 0 } else { A::PARAMS });
    let (tape_a, tape_b) = tape.split_at_mut(A::TAPE.len(pass.batch));
    let layer = PhantomData;
    (
        Inner { pass, params: params_a, buffers: buffers_a, grads: grads_a, tape: tape_a, layer },
        Inner {
            pass: pass.after::<A>(),
            params: params_b,
            buffers: buffers_b,
            grads: grads_b,
            tape: tape_b,
            layer: PhantomData,
        },
    )
}

/// The message for an arena that is smaller than the layer declares.
const DECLARED: &str = "an arena of the size that the layer declares";

impl<'a, T: Scalar> Forward<'a, T> {
    /// Splits parameters, buffers and tape between the inner layers `A` and `B`.
    ///
    /// Of these, only tape can belong to the outer layer itself, which [takes](Self::take_tape) its share first.
    #[inline]
    pub fn split<A: Layer, B: Layer>(&mut self, pass: Pass) -> (Inner<'a, A, T>, Inner<'a, B, T>) {
        let arenas = [std::mem::take(&mut self.buffers), &mut [], std::mem::take(&mut self.tape)];
        split(pass, self.params, arenas)
    }

    /// Takes `len` numbers from the beginning of the tape and leaves the rest.
    ///
    /// # Panics
    /// Panics if fewer are left, which means that the layer's `MEMORY` declares less than the layer takes.
    #[inline]
    pub fn take_tape(&mut self, len: usize) -> &'a mut [T] {
        self.tape.split_off_mut(..len).expect(DECLARED)
    }

    /// Takes `len` numbers from the beginning of scratch and leaves the rest.
    ///
    /// # Panics
    /// Panics if fewer are left, which means that the layer's `MEMORY` declares less than the layer takes.
    #[inline]
    pub fn take_scratch(&mut self, len: usize) -> &'a mut [T] {
        self.scratch.split_off_mut(..len).expect(DECLARED)
    }
}

impl<'a, T: Scalar> Backward<'a, T> {
    /// Splits parameters, buffers, gradients and tape between the inner layers `A` and `B`.
    ///
    /// The outer layer first [takes](Self::take_tape) the numbers that it keeps on the tape itself.
    #[inline]
    pub fn split<A: Layer, B: Layer>(&mut self, pass: Pass) -> (Inner<'a, A, T>, Inner<'a, B, T>) {
        let [buffers, grads, tape] = [&mut self.buffers, &mut self.grads, &mut self.tape].map(std::mem::take);
        split(pass, self.params, [buffers, grads, tape])
    }

    /// Takes `len` numbers from the beginning of the tape and leaves the rest.
    ///
    /// # Panics
    /// Panics if fewer are left, which means that the layer's `MEMORY` declares less than the layer takes.
    #[inline]
    pub fn take_tape(&mut self, len: usize) -> &'a mut [T] {
        self.tape.split_off_mut(..len).expect(DECLARED)
    }

    /// Takes `len` numbers from the beginning of scratch and leaves the rest.
    ///
    /// # Panics
    /// Panics if fewer are left, which means that the layer's `MEMORY` declares less than the layer takes.
    #[inline]
    pub fn take_scratch(&mut self, len: usize) -> &'a mut [T] {
        self.scratch.split_off_mut(..len).expect(DECLARED)
    }
}

impl<T: Scalar> Infer<'_, T> {
    /// Splits parameters and buffers between the inner layers `A` and `B`. Neither part has an epilogue.
    #[inline]
    #[must_use]
    pub fn split<A: Layer, B: Layer>(self) -> (Self, Self) {
        let (params_a, params_b) = self.params.split_at(A::PARAMS);
        let (buffers_a, buffers_b) = self.buffers.split_at(A::BUFFERS);
        (Infer::new(params_a, buffers_a), Infer::new(params_b, buffers_b))
    }
}

/// Draws starting values for the inner layers `A` and `B`: the [`Layer::init`] of a layer around two others.
pub fn init<A: Layer, B: Layer, T: Scalar>(params: &mut [T], buffers: &mut [T], init: &mut Init) {
    let (params_a, params_b) = params.split_at_mut(A::PARAMS);
    let (buffers_a, buffers_b) = buffers.split_at_mut(A::BUFFERS);
    A::init(params_a, buffers_a, init);
    B::init(params_b, buffers_b, init);
}

/// Clears the gradients of the inner layers `A` and `B`: the [`Layer::clear`] of a layer around two others.
pub fn clear<A: Layer, B: Layer, T: Scalar>(grads: &mut [T]) {
    let (grads_a, grads_b) = grads.split_at_mut(A::PARAMS);
    call::clear::<A, T>(grads_a);
    call::clear::<B, T>(grads_b);
}

/// Folds the parameters of the inner layers `A` and `B`: the [`Layer::fold`] of a layer around two others.
pub fn fold<A: Layer, B: Layer, T: Scalar>(params: &mut [T], buffers: &[T]) {
    let (params_a, params_b) = params.split_at_mut(A::PARAMS);
    let (buffers_a, buffers_b) = buffers.split_at(A::BUFFERS);
    call::fold::<A, T>(params_a, buffers_a);
    call::fold::<B, T>(params_b, buffers_b);
}
