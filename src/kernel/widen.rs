//! Convolutions with few output channels: outputs of neighbouring pixels as the channels of one.
//!
//! Vectors over the channels of one pixel would be mostly empty. `G` pixels side by side are one pixel of `G` times the
//! channels, and what reaches it is a convolution with a stride of `G` whose filters are `G − 1` taps wider, each moved by
//! one more tap and zero elsewhere. The products with these zeros are fewer than the lanes that would be empty.

use super::axis::Axis;
use super::conv::Conv;
use crate::Scalar;

/// A convolution over groups of pixels.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wide {
    /// The one that is computed.
    pub(super) conv: Conv,
    /// Pixels in a group.
    pixels: usize,
    /// The one that is meant.
    of: Conv,
}

/// Pixels in the largest groups.
const MOST: usize = 4;

impl Conv {
    /// Over groups of so many pixels, if they divide a row.
    const fn grouped(self, pixels: usize) -> Option<Wide> {
        let columns = self.columns;
        if self.groups > 1
            || columns.stride != 1
            || columns.dilation != 1
            || !columns.output.is_multiple_of(pixels)
        {
            return None;
        }
        let columns = Axis {
            output: columns.output / pixels,
            taps: columns.taps + pixels - 1,
            stride: pixels,
            ..columns
        };
        Some(Wide { conv: Self { columns, outputs: self.outputs * pixels, ..self }, pixels, of: self })
    }

    /// The widest form, for vectors of so many lanes, if it takes fewer multiplications than the plain one.
    pub(super) fn wide(self, lanes: usize) -> Option<Wide> {
        // multiplications of vectors for as many pixels as are in any group
        let cost = |wide: &Wide| {
            let Conv { columns, outputs, .. } = wide.conv;
            outputs.div_ceil(lanes) * columns.taps * (12 / wide.pixels)
        };
        let best = (1..=MOST).filter_map(|pixels| self.grouped(pixels)).min_by_key(cost)?;
        (best.pixels > 1).then_some(best)
    }

    /// The most numbers of the weights of a [wide](Self::wide) form.
    pub(super) const fn wide_weights(self) -> usize {
        let (mut pixels, mut most) = (2, 0);
        // more would not be empty
        while pixels <= MOST && self.outputs <= 8 {
            if let Some(wide) = self.grouped(pixels)
                && wide.conv.weights() > most
            {
                most = wide.conv.weights();
            }
            pixels += 1;
        }
        most
    }

    /// Room that [`forward`](super::conv::forward) needs for the weights and biases of a wide form.
    pub(crate) const fn forward_room(self) -> usize {
        match self.wide_weights() {
            0 => 0,
            weights => weights + MOST * self.outputs,
        }
    }
}

impl Wide {
    /// Writes the weights, and the biases if there are any, to `room`.
    pub(super) fn widen<'r, T: Scalar>(self, w: &[T], bias: &[T], room: &'r mut [T]) -> (&'r [T], &'r [T]) {
        let (weights, biases) = room.split_at_mut(self.conv.weights());
        weights.fill(T::ZERO);
        for (outputs, row, tap) in self.taps() {
            for pixel in 0..self.pixels {
                let to = (row * self.conv.columns.taps + tap + pixel) * self.of.inputs * self.conv.outputs;
                let from = (row * self.of.columns.taps + tap) * self.of.inputs * outputs;
                for input in 0..self.of.inputs {
                    weights[to + input * self.conv.outputs + pixel * outputs..][..outputs]
                        .copy_from_slice(&w[from + input * outputs..][..outputs]);
                }
            }
        }
        let biases = &mut biases[..bias.len() * self.pixels];
        for pixel in biases.chunks_exact_mut(bias.len().max(1)) {
            pixel.copy_from_slice(bias);
        }
        (weights, biases)
    }

    /// Adds the gradient of the wide weights to that of the plain ones.
    pub(super) fn narrow<T: Scalar>(self, wide: &[T], dw: &mut [T]) {
        for (outputs, row, tap) in self.taps() {
            for pixel in 0..self.pixels {
                let from = (row * self.conv.columns.taps + tap + pixel) * self.of.inputs * self.conv.outputs;
                let to = (row * self.of.columns.taps + tap) * self.of.inputs * outputs;
                for input in 0..self.of.inputs {
                    let from = &wide[from + input * self.conv.outputs + pixel * outputs..][..outputs];
                    let to = &mut dw[to + input * outputs..][..outputs];
                    to.iter_mut().zip(from).for_each(|(to, &from)| *to += from);
                }
            }
        }
    }

    /// The plain filter's rows and taps, each with the output channels.
    fn taps(self) -> impl Iterator<Item = (usize, usize, usize)> {
        let Conv { rows, columns, outputs, .. } = self.of;
        (0..rows.taps).flat_map(move |row| (0..columns.taps).map(move |tap| (outputs, row, tap)))
    }
}
