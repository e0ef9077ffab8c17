//! Evaluates a network on the windows of a larger image, and does the work on shared pixels once.

use crate::core::outline::Kind;
use crate::core::visitor::{Encloses, Pointwise, Windowed, describes_itself};
use crate::core::{Declared, Dims, Infer, Layer, Pass, Shape, Visitor};
use crate::model::predictor::{infer, space};
use plywood_kernel::Scalar;
use plywood_kernel::aligned::Aligned;
use plywood_kernel::threads::parallel::{Wide, over};

/// The inputs or outputs of a layer for every window of a larger image, a picture.
///
/// While layers work on pixels, all windows lie in one image and overlap as they do in the picture. For a layer that
/// needs separate windows, they are cut out. From there on they lie one after the other, like a batch.
#[derive(Debug, Clone)]
pub(crate) struct Windows<T> {
    /// The number of windows in a column and in a row of windows.
    count: [usize; 2],
    /// The image in which windows overlap, while they share pixels.
    shared: Option<Shared>,
    numbers: Vec<T>,
}

/// An image in which windows overlap.
#[derive(Debug, Clone, Copy)]
struct Shared {
    /// The height and width.
    sides: [usize; 2],
    /// The number of rows and columns from one window to the next.
    apart: [usize; 2],
}

impl<T: Scalar> Windows<T> {
    /// Creates the windows of a picture that holds at least one.
    ///
    /// `sides` are those of the picture, `window` those of a window, and `apart` the rows and columns from one window
    /// to the next.
    pub(crate) fn of(numbers: Vec<T>, sides: [usize; 2], window: [usize; 2], apart: [usize; 2]) -> Self {
        let count = [0, 1].map(|i| (sides[i] - window[i]) / apart[i] + 1);
        Self { count, shared: Some(Shared { sides, apart }), numbers }
    }

    /// Converts the windows to their numbers: one window after the other, once they do not share pixels.
    pub(crate) fn into_numbers(self) -> Vec<T> {
        self.numbers
    }

    /// Computes the output of a layer that computes each pixel from a window of its input, without padding.
    ///
    /// It returns `None`, and computes nothing, if windows have been cut out or do not begin where the layer's windows
    /// do.
    fn pixels<L: Windowed>(&self, params: &[T], buffers: &[T]) -> Option<Self> {
        let Shared { sides, apart } = self.shared?;
        let moves = L::MOVES?;
        if (0..2).any(|i| !apart[i].is_multiple_of(moves.stride[i])) {
            return None;
        }
        let side = |i: usize| (sides[i] - moves.reach[i]) / moves.stride[i] + 1;
        let to = [side(0), side(1)];
        let mut numbers = vec![T::ZERO; to[0] * to[1] * L::Out::DIMS.channels()];
        L::compute(params, buffers, [sides, to], &self.numbers, &mut numbers);
        let apart = [apart[0] / moves.stride[0], apart[1] / moves.stride[1]];
        Some(Self { count: self.count, shared: Some(Shared { sides: to, apart }), numbers })
    }

    /// Computes the output of a layer for each window separately, in evaluation.
    fn each<L: Layer>(self, params: &[T], buffers: &[T]) -> Self {
        /// The number of windows that go through the layer together.
        const CHUNK: usize = 64;

        let windows = self.cut::<L::In>();
        let count = windows.count;
        let mut numbers = vec![T::ZERO; count[0] * count[1] * L::Out::LEN];
        let operations = count[0] * count[1] * (L::FLOPS / 2 + L::In::LEN);
        over(Wide { data: &mut numbers, row: L::Out::LEN }, operations, &|first, piece: Wide<'_, T>| {
            let mut work = Aligned::zeros(space::<L>(CHUNK));
            let mut first = first;
            for y in piece.data.chunks_mut(CHUNK * L::Out::LEN) {
                let batch = y.len() / L::Out::LEN;
                // a window's bits do not depend on the number of windows in the last chunk
                let pass = Pass { part: true, ..Pass::new(batch, 0) };
                let x = &windows.numbers[first * L::In::LEN..][..batch * L::In::LEN];
                infer::<L, T>(pass, [params, buffers], x, y, &mut work);
                first += batch;
            }
        });
        Self { count, shared: None, numbers }
    }

    /// Cuts out the windows of shape `S`, one after the other, if that is not done yet.
    pub(crate) fn cut<S: Shape>(self) -> Self {
        let (Some(Shared { sides, apart }), Dims::Image(height, width, channels)) = (self.shared, S::DIMS)
        else {
            return self;
        };
        let mut numbers = Vec::with_capacity(self.count[0] * self.count[1] * S::LEN);
        for window in 0..self.count[0] * self.count[1] {
            let (top, left) = (window / self.count[1] * apart[0], window % self.count[1] * apart[1]);
            for row in top..top + height {
                let start = (row * sides[1] + left) * channels;
                numbers.extend_from_slice(&self.numbers[start..][..width * channels]);
            }
        }
        Self { count: self.count, shared: None, numbers }
    }
}

/// Evaluates a layer for every window. Layers that work on pixels do shared work once; others evaluate each window
/// separately.
pub(crate) fn slide<L: Layer, T: Scalar>(params: &[T], buffers: &[T], windows: Windows<T>) -> Windows<T> {
    if !describes_itself::<L>() {
        return windows.each::<L>(params, buffers);
    }
    let mut slider = Slider { io: Infer::new(params, buffers), windows: Some(windows) };
    L::outline(&mut slider);
    slider.windows.expect("windows go through a layer as windows")
}

/// Evaluates the layer that it visits.
struct Slider<'a, T> {
    io: Infer<'a, T>,
    windows: Option<Windows<T>>,
}

impl<T: Scalar> Slider<'_, T> {
    fn change(&mut self, change: impl FnOnce(&[T], &[T], Windows<T>) -> Windows<T>) {
        let Infer { params, buffers, .. } = self.io;
        self.windows = self.windows.take().map(|windows| change(params, buffers, windows));
    }
}

impl<T: Scalar> Visitor for Slider<'_, T> {
    fn leaf<L: Layer>(&mut self, _: &[(&str, Kind, &[usize])]) {
        self.change(|params, buffers, windows| windows.each::<L>(params, buffers));
    }

    fn pointwise<L: Pointwise>(&mut self, _: &[(&str, Kind, &[usize])]) {
        self.change(|params, buffers, mut windows| {
            L::change(params, buffers, &mut windows.numbers);
            windows
        });
    }

    fn windowed<L: Windowed>(&mut self, _: &[(&str, Kind, &[usize])]) {
        self.change(|params, buffers, windows| {
            windows.pixels::<L>(params, buffers).unwrap_or_else(|| windows.each::<L>(params, buffers))
        });
    }

    fn block<L: Layer>(&mut self, _: impl FnOnce(&mut Self)) {
        self.leaf::<L>(&[]);
    }

    fn sequence<A: Layer, B: Layer>(&mut self)
    where
        (A, B): Layer,
    {
        let (a, b) = self.io.split::<A, B>();
        self.change(|_, _, windows| slide::<A, T>(a.params, a.buffers, windows));
        self.change(|_, _, windows| slide::<B, T>(b.params, b.buffers, windows));
    }

    fn alias<L: Layer, F: Layer>(&mut self) {
        self.change(slide::<F, T>);
    }

    fn network<N: Encloses>(&mut self) {
        self.change(slide::<N::Inside, T>);
    }
}
