//! Calls one layer from another: functions for layers that wrap inner layers.
//!
//! A [`Pass`] tells a layer what it may do differently: that its parameters are [folded](Layer::fold), or that its
//! gradient is [fresh](Pass::fresh). An [`Epilogue`](crate::layer::Epilogue) asks it to do the work of the next layer.
//! A layer receives such a request only if it [declares](Layer::FUSION) that it handles it, so a layer that passes
//! everything on to an inner one need not know what the request would mean there. These functions drop the requests
//! that the called layer does not declare, and copy where its [layout](crate::layer::Memory) needs it.
//!
//! ```
//! use plywood::check::contract;
//! use plywood::layers::{BatchNorm, Dense, Sigmoid};
//! use plywood::layer::{Backward, Cost, Forward, Infer, Init, Memory, Pass, Visitor, Workspace, call};
//! use plywood::{Flat, Layer, Scalar};
//!
//! /// Does what the layer inside does.
//! struct Around<F>(std::marker::PhantomData<F>);
//!
//! impl<F: Layer> Layer for Around<F> {
//!     type In = F::In;
//!     type Out = F::Out;
//!     const NAME: &'static str = "around";
//!     const PARAMS: usize = F::PARAMS;
//!     const BUFFERS: usize = F::BUFFERS;
//!     const MEMORY: Memory = F::MEMORY.out_of_place();
//!     const COST: Cost = F::COST;
//!
//!     fn init<T: Scalar>(params: &mut [T], buffers: &mut [T], init: &mut Init) {
//!         F::init(params, buffers, init);
//!     }
//!     fn forward<T: Scalar>(pass: Pass, io: Forward<'_, T>) {
//!         call::forward::<F, T>(pass, io);
//!     }
//!     fn backward<T: Scalar>(pass: Pass, io: Backward<'_, T>) {
//!         call::backward::<F, T>(pass, io);
//!     }
//!     fn infer<T: Scalar>(pass: Pass, io: Infer<'_, T>, work: &mut Workspace<'_, T>) {
//!         call::infer::<F, T>(pass, io, work);
//!     }
//!     fn outline<V: Visitor>(visitor: &mut V) {
//!         visitor.block::<Self>(F::outline);
//!     }
//! }
//!
//! type Inner = ((Dense<3, 4>, BatchNorm<Flat<4>>), Sigmoid<Flat<4>>);
//! contract::<(Around<Inner>, Dense<4, 2>)>(3, 1)?;
//! # Ok::<(), plywood::check::Violation>(())
//! ```

use crate::core::{Backward, Declared, Forward, Infer, Layer, Pass, Shape, Workspace};
use plywood_kernel::Scalar;
use plywood_kernel::math::elementwise;

pub use crate::core::inner::{Inner, clear as clear_two, fold as fold_two, init as init_two};

/// Computes [`L::forward`](Layer::forward) from `x` to `y`, for a layer of any [layout](crate::layer::Memory).
#[inline]
pub fn forward<L: Layer, T: Scalar>(pass: Pass, io: Forward<'_, T>) {
    const { L::SOUND };
    if L::MEMORY.is_in_place() {
        io.y.copy_from_slice(io.x);
        forward_without_copy::<L, T>(pass, Forward { x: &[], ..io });
    } else {
        forward_without_copy::<L, T>(pass, io);
    }
}

/// Computes [`L::backward`](Layer::backward) from `dy` to `dx`, for a layer of any [layout](crate::layer::Memory).
#[inline]
pub fn backward<L: Layer, T: Scalar>(pass: Pass, io: Backward<'_, T>) {
    const { L::SOUND };
    if L::MEMORY.is_in_place() {
        // if nobody needs dx, nobody needs dy either: the layer has no parameters
        let Some(dx) = io.dx else { return };
        backward_without_copy::<L, T>(pass, Backward { x: &[], dy: &mut *io.dy, dx: None, ..io });
        dx.copy_from_slice(io.dy);
    } else {
        backward_without_copy::<L, T>(pass, io);
    }
}

/// Computes `L::forward`, for a caller that has arranged the memory as the layer's [layout](crate::layer::Memory) asks:
/// if `L` works in place, `y` holds the input.
#[inline]
pub(crate) fn forward_without_copy<L: Layer, T: Scalar>(pass: Pass, io: Forward<'_, T>) {
    L::forward(pass.to::<L>(), Forward { epilogue: io.epilogue.performed_by::<L>(), ..io });
}

/// Computes `L::backward`, for a caller that has arranged the memory as the layer's [layout](crate::layer::Memory)
/// asks: if `L` works in place, `dx` is `None`, and `dy` holds the gradient of the input on return.
#[inline]
pub(crate) fn backward_without_copy<L: Layer, T: Scalar>(pass: Pass, io: Backward<'_, T>) {
    let rectified = io.rectified && L::FUSION.differentiates;
    L::backward(pass.to::<L>(), Backward { rectified, ..io });
}

/// Computes [`L::infer`](Layer::infer).
#[inline]
pub fn infer<L: Layer, T: Scalar>(pass: Pass, io: Infer<'_, T>, work: &mut Workspace<'_, T>) {
    L::infer(pass.to::<L>(), Infer { epilogue: io.epilogue.performed_by::<L>(), ..io }, work);
}

/// Evaluates a layer by running `forward` with a tape in scratch: the default [`Layer::infer`].
#[inline]
pub(crate) fn infer_by_forward<L: Layer, T: Scalar>(
    pass: Pass,
    io: Infer<'_, T>,
    work: &mut Workspace<'_, T>,
) {
    let Infer { params, epilogue, .. } = io;
    let forward = |x: &[T], y: &mut [T], scratch: &mut [T]| {
        let (tape, scratch) = scratch.split_at_mut(L::TAPE.len(pass.batch));
        L::forward(pass, Forward { params, buffers: &mut [], x, y, epilogue, tape, scratch });
    };
    if L::MEMORY.is_in_place() {
        work.in_place_with(L::Out::LEN * pass.batch, |y, scratch| forward(&[], y, scratch));
    } else {
        work.map(L::Out::LEN * pass.batch, |x, y, scratch| forward(x, y, scratch));
    }
}

/// Prepares a gradient with any content for a backward pass that is [fresh](Pass::fresh).
///
/// Calls [`L::clear`](Layer::clear) if `L` [declares](crate::layer::Fusion::writes_gradients) that it writes some of
/// the gradient, and otherwise fills it with zeros.
pub fn clear<L: Layer, T: Scalar>(grads: &mut [T]) {
    if L::FUSION.writes_gradients {
        L::clear(grads);
    } else {
        elementwise::clear(grads);
    }
}

/// Rewrites parameters for evaluation by [`L::fold`](Layer::fold), if `L` [declares](Layer::FUSION) that folding
/// changes it.
pub fn fold<L: Layer, T: Scalar>(params: &mut [T], buffers: &[T]) {
    if L::FUSION.is_folded() {
        L::fold(params, buffers);
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    /// Returns the lines of a file, outside its tests, that call another layer.
    fn calls(text: &str) -> Vec<&str> {
        let code = text.split("#[cfg(test)]").next().unwrap_or_default();
        let calls_layer = |line: &&str| {
            ["forward", "backward", "infer", "fold", "clear"].iter().any(|method| {
                let called = format!("::{method}");
                line.match_indices(&called).any(|(at, _)| {
                    let after = &line[at + called.len()..];
                    let path = line[..at].rsplit(|c: char| !c.is_alphanumeric()).next().unwrap_or_default();
                    (after.starts_with('(') || after.starts_with("::<"))
                        && path.starts_with(char::is_uppercase)
                        && path != "Self"
                })
            })
        };
        code.lines().filter(|line| !line.trim_start().starts_with("//")).filter(calls_layer).collect()
    }

    fn check(folder: &Path, files: &mut usize) {
        for entry in fs::read_dir(folder).expect("a folder of the sources").flatten() {
            let path = entry.path();
            if path.is_dir() {
                check(&path, files);
            } else if !path.ends_with("src/core/call.rs") && !path.ends_with("wrappers.rs") {
                let text = fs::read_to_string(&path).expect("a source");
                assert_eq!(calls(&text), [""; 0], "{}: goes past `call`", path.display());
                *files += 1;
            }
        }
    }

    /// Checks that the decision what to pass to a layer is made in one place, so that no caller forgets it.
    #[test]
    fn layers_are_called_from_here_alone() {
        let mut files = 0;
        check(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut files);
        assert!(files > 100, "{files} files");
        let text = "call::infer::<A, T>(pass);\nbatch::forward(x);\nSelf::infer(pass);\n A::infer(pass)\n// B::fold(p)\n\
                    A::forward::<T>(pass);\nA::clear(pass)";
        assert_eq!(calls(text), [" A::infer(pass)", "A::forward::<T>(pass);", "A::clear(pass)"]);
    }
}
