//! Calling a layer from another: for those who write a layer around inner layers.
//!
//! A [`Pass`] tells a layer what it may do differently: that its parameters are [folded](Layer::fold), that its gradient is
//! [fresh](Pass::fresh), that it is to do what a layer after it [would](Pass::then). Only layers that declare that they
//! know of such a thing are told, so that a layer that passes `pass` on to an inner one need not know what that would make
//! of it. These functions leave out what the called layer does not declare, and copy where its [`Place`] needs it.
//!
//! ```
//! use plywood::check::contract;
//! use plywood::layers::{BatchNorm, Dense, Sigmoid};
//! use plywood::{
//!     Backward, Field, Flat, Forward, Init, Layer, Outline, Pass, Scalar, Space, Stage, call,
//! };
//!
//! /// Does what the layer inside does.
//! struct Around<F>(std::marker::PhantomData<F>);
//!
//! impl<F: Layer> Layer for Around<F> {
//!     type In = F::In;
//!     type Out = F::Out;
//!     const NAME: &'static str = "around";
//!     const LAYERS: usize = F::LAYERS;
//!     const PARAMS: usize = F::PARAMS;
//!     const BUFFERS: usize = F::BUFFERS;
//!     const TAPE: Space = F::TAPE;
//!     const SCRATCH: Space = F::SCRATCH;
//!     const MIN_BATCH: usize = F::MIN_BATCH;
//!     const INFER_SCRATCH: Space = F::INFER_SCRATCH;
//!     const FLOPS: usize = F::FLOPS;
//!     const WIDTH: usize = F::WIDTH;
//!     const FIELD: Field = F::FIELD;
//!     const USES_OUTPUT: bool = F::USES_OUTPUT;
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
//!     fn infer<T: Scalar>(pass: Pass, params: &[T], buffers: &[T], stage: &mut Stage<'_, T>) {
//!         call::infer::<F, T>(pass, params, buffers, stage);
//!     }
//!     fn outline(outline: &mut Outline) {
//!         outline.block::<Self>(F::outline);
//!     }
//! }
//!
//! type Inner = ((Dense<3, 4>, BatchNorm<Flat<4>>), Sigmoid<Flat<4>>);
//! contract::<(Around<Inner>, Dense<4, 2>)>(3, 1)?;
//! # Ok::<(), plywood::check::Breach>(())
//! ```

use crate::message::Message;
use crate::{Backward, Folding, Forward, Layer, Pass, Place, Scalar, Shape, Stage};
use plywood_kernel::math::elementwise;

/// What a layer promises about memory, checked wherever it is put together with others: a constant of a trait, so that
/// the compiler names the layer where it fails.
#[doc(hidden)]
pub trait Promises: Layer {
    /// Fails to compile where what the layer says of its [`Place`] cannot be.
    const MEMORY: () = assert_place::<Self>();
}

impl<L: Layer> Promises for L {}

/// Fails to compile where what a layer says of its [`Place`] cannot be.
#[track_caller]
const fn assert_place<L: Layer>() {
    let says = match L::PLACE {
        Place::Apart => return,
        Place::InPlace => "says `PLACE = InPlace`",
        Place::Same => "says `PLACE = Same`",
    };
    let message = Message::new().text("the layer `").text(L::NAME).text("` ").text(says).text(", but ");
    let message = if L::In::LEN != L::Out::LEN {
        message.text("takes ").number(L::In::LEN).text(" numbers and gives ").number(L::Out::LEN)
    } else if L::PARAMS > 0 {
        message.text("has ").number(L::PARAMS).text(" parameters")
    } else if L::USES_INPUT {
        message.text("reads its input in `backward`: `USES_INPUT` is true unless said otherwise")
    } else {
        return;
    };
    let message = message
        .text("\nnote: such a layer gives as many numbers as it takes, has no parameters and says `USES_INPUT = false`")
        .text("\nnote: any layer may say `PLACE = Apart`");
    panic!("{}", message.as_str());
}

/// Computes [`L::forward`](Layer::forward) from `x` to `y`, whatever the layer's [`Place`].
#[inline]
pub fn forward<L: Layer, T: Scalar>(pass: Pass, io: Forward<'_, T>) {
    const { L::MEMORY };
    if matches!(L::PLACE, Place::InPlace) {
        io.y.copy_from_slice(io.x);
        forward_there::<L, T>(pass, Forward { x: &[], ..io });
    } else {
        forward_there::<L, T>(pass, io);
    }
}

/// Computes [`L::backward`](Layer::backward) from `dy` to `dx`, whatever the layer's [`Place`].
#[inline]
pub fn backward<L: Layer, T: Scalar>(pass: Pass, io: Backward<'_, T>) {
    const { L::MEMORY };
    if matches!(L::PLACE, Place::InPlace) {
        // nobody needs dx: neither has the layer parameters that would need dy
        let Some(dx) = io.dx else { return };
        backward_there::<L, T>(pass, Backward { x: &[], dy: &mut *io.dy, dx: None, ..io });
        dx.copy_from_slice(io.dy);
    } else {
        backward_there::<L, T>(pass, io);
    }
}

/// Computes `L::forward` where the layer's [`Place`] has it.
#[inline]
pub(crate) fn forward_there<L: Layer, T: Scalar>(pass: Pass, io: Forward<'_, T>) {
    L::forward(pass.to::<L>(), io);
}

/// Computes `L::backward` where the layer's [`Place`] has it.
#[inline]
pub(crate) fn backward_there<L: Layer, T: Scalar>(pass: Pass, io: Backward<'_, T>) {
    L::backward(pass.to::<L>(), io);
}

/// Computes [`L::infer`](Layer::infer).
#[inline]
pub fn infer<L: Layer, T: Scalar>(pass: Pass, params: &[T], buffers: &[T], stage: &mut Stage<'_, T>) {
    L::infer(pass.to::<L>(), params, buffers, stage);
}

/// Computes `L::infer_shifted`.
#[inline]
pub(crate) fn infer_shifted<L: Layer, T: Scalar>(
    pass: Pass,
    params: &[T],
    buffers: &[T],
    shift: &[T],
    stage: &mut Stage<'_, T>,
) {
    L::infer_shifted(pass.to::<L>(), params, buffers, shift, stage);
}

/// Makes a gradient of any content ready for a backward pass that is [fresh](Pass::fresh): by
/// [`L::clear`](Layer::clear) if `L` [says](Layer::WRITES_WHOLE) that it writes some of it, or else all zeros.
pub fn clear<L: Layer, T: Scalar>(grads: &mut [T]) {
    if L::WRITES_WHOLE {
        L::clear(grads);
    } else {
        elementwise::clear(grads);
    }
}

/// Rewrites parameters for evaluation alone by [`L::fold`](Layer::fold), if `L` [says](Layer::FOLDING) that it is then told.
pub fn fold<L: Layer, T: Scalar>(params: &mut [T], buffers: &[T]) {
    if matches!(L::FOLDING, Folding::Inside | Folding::Affine) {
        L::fold(params, buffers);
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    /// Collects the calls of another layer in a file, outside its tests.
    fn calls(text: &str) -> Vec<&str> {
        let code = text.split("#[cfg(test)]").next().unwrap_or_default();
        let calls_layer = |line: &&str| {
            ["forward", "backward", "infer", "infer_shifted", "fold", "clear"].iter().any(|method| {
                let called = format!("::{method}");
                line.match_indices(&called).any(|(at, _)| {
                    let behind = &line[at + called.len()..];
                    let path = line[..at].rsplit(|c: char| !c.is_alphanumeric()).next().unwrap_or_default();
                    (behind.starts_with('(') || behind.starts_with("::<"))
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
            } else if !path.ends_with("src/call.rs") && !path.ends_with("wrappers.rs") {
                let text = fs::read_to_string(&path).expect("a source");
                assert_eq!(calls(&text), [""; 0], "{}: goes past `call`", path.display());
                *files += 1;
            }
        }
    }

    /// What a layer is told is decided in one place, so that no caller forgets it.
    #[test]
    fn layers_are_called_from_here_alone() {
        let mut files = 0;
        check(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut files);
        assert!(files > 100, "{files} files");
        let text = "call::infer::<A, T>(pass);\nbatch::forward(x);\nSelf::infer(pass);\n A::infer(pass)\n// B::fold(p)\n\
                    A::forward::<T>(pass);\nA::infer_shifted(pass)";
        assert_eq!(calls(text), [" A::infer(pass)", "A::forward::<T>(pass);", "A::infer_shifted(pass)"]);
    }
}
