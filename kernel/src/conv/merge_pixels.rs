//! Computes convolutions with few output channels by treating neighboring pixels as the channels of one.
//!
//! Vectors over the channels of one pixel would be mostly empty. `G` adjacent pixels are one pixel with `G` times the
//! channels. The convolution for it has a stride of `G`, and its filters are `G − 1` taps wider, each shifted by one
//! more tap and zero elsewhere. The products with these zeros are fewer than the lanes that would be empty.

use super::Conv;
use super::axis::Axis;
use crate::Scalar;

/// A convolution over groups of pixels.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Merged {
    /// The convolution that is computed.
    pub(crate) conv: Conv,
    /// The number of pixels in a group.
    pixels: usize,
    /// The original convolution.
    of: Conv,
}

/// The number of pixels in the largest groups.
const MOST: usize = 4;

impl Conv {
    /// Returns the convolution over groups of `pixels` pixels, if that number divides a row.
    const fn merged(self, pixels: usize) -> Option<Merged> {
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
        Some(Merged { conv: Self { columns, outputs: self.outputs * pixels, ..self }, pixels, of: self })
    }

    /// Returns the best merged form for vectors of `lanes` lanes, if it takes fewer multiplications than the plain
    /// form.
    pub(crate) fn best_merged(self, lanes: usize) -> Option<Merged> {
        // the number of vector multiplications for 12 pixels, a multiple of every group size
        let cost = |merged: &Merged| {
            let Conv { columns, outputs, .. } = merged.conv;
            outputs.div_ceil(lanes) * columns.taps * (12 / merged.pixels)
        };
        let best = (1..=MOST).filter_map(|pixels| self.merged(pixels)).min_by_key(cost)?;
        (best.pixels > 1).then_some(best)
    }

    /// Returns the largest number of weights of a [merged form](Self::best_merged).
    pub(crate) const fn merged_weights(self) -> usize {
        let (mut pixels, mut most) = (2, 0);
        // with more output channels, the lanes would not be mostly empty
        while pixels <= MOST && self.outputs <= 8 {
            if let Some(merged) = self.merged(pixels)
                && merged.conv.weights() > most
            {
                most = merged.conv.weights();
            }
            pixels += 1;
        }
        most
    }

    /// Returns the length of `room` that [`forward`](crate::conv::forward) needs for the weights and biases of a merged
    /// form.
    #[must_use]
    pub const fn forward_room(self) -> usize {
        match self.merged_weights() {
            0 => 0,
            weights => weights + MOST * self.outputs,
        }
    }
}

impl Merged {
    /// Writes the merged weights, and the merged biases if there are any, to `room`.
    pub(crate) fn spread<'r, T: Scalar>(self, w: &[T], bias: &[T], room: &'r mut [T]) -> (&'r [T], &'r [T]) {
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

    /// Adds the gradient of the merged weights to that of the plain ones.
    pub(crate) fn gather<T: Scalar>(self, merged: &[T], dw: &mut [T]) {
        for (outputs, row, tap) in self.taps() {
            for pixel in 0..self.pixels {
                let from = (row * self.conv.columns.taps + tap + pixel) * self.of.inputs * self.conv.outputs;
                let to = (row * self.of.columns.taps + tap) * self.of.inputs * outputs;
                for input in 0..self.of.inputs {
                    let from = &merged[from + input * self.conv.outputs + pixel * outputs..][..outputs];
                    let to = &mut dw[to + input * outputs..][..outputs];
                    to.iter_mut().zip(from).for_each(|(to, &from)| *to += from);
                }
            }
        }
    }

    /// Returns the rows and taps of the plain filter, each with the output channels.
    fn taps(self) -> impl Iterator<Item = (usize, usize, usize)> {
        let Conv { rows, columns, outputs, .. } = self.of;
        (0..rows.taps).flat_map(move |row| (0..columns.taps).map(move |tap| (outputs, row, tap)))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::conv::border::Source;
    use crate::testing::products;
    use crate::testing::zero;

    const SOURCE: Source = zero;

    prop_compose! {
        /// Generates any convolution that can be merged, with any number of output channels.
        fn any_conv()(
            (height, width) in (1..6_usize, 1..13_usize),
            (rows, columns) in (1..4_usize, 1..6_usize),
            (top, left, right) in (0..3_usize, 0..4_usize, 0..4_usize),
            row_stride in 1..3_usize,
            (inputs, outputs) in (1..5_usize, 1..20_usize),
        ) -> Conv {
            let axis = |input: usize, taps: usize, stride, before: usize, after: usize| {
                let after = after.max(taps.saturating_sub(input + before));
                let output = (input + before + after - taps) / stride + 1;
                Axis { input, output, taps, stride, before: before.cast_signed(), dilation: 1 }
            };
            Conv {
                rows: axis(height, rows, row_stride, top, 0),
                columns: axis(width, columns, 1, left, right),
                inputs,
                outputs,
                groups: 1,
            }
        }
    }

    /// Returns small whole numbers, so that sums are exact in any order.
    fn numbers(len: usize, seed: usize) -> Vec<f32> {
        (0..len).map(|i| ((i * 7 + seed * 3) % 11) as f32 - 5.0).collect()
    }

    /// Returns the outputs and the weight gradient of two images, computed by the formula.
    fn plain(conv: Conv, w: &[f32], bias: &[f32]) -> [Vec<f32>; 2] {
        let (x, dy) = (numbers(2 * conv.input_len(), 1), numbers(2 * conv.output_len(), 2));
        let (mut y, mut dw) = (vec![0.0; dy.len()], vec![0.0; w.len()]);
        if !bias.is_empty() {
            y.chunks_exact_mut(bias.len()).for_each(|y| y.copy_from_slice(bias));
        }
        products(conv, SOURCE, 2, |i, j, k| {
            y[k] += x[i] * w[j];
            dw[j] += x[i] * dy[k];
        });
        [y, dw]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(if cfg!(miri) { 4 } else { 256 }))]

        #[test]
        fn the_wide_form_means_the_same(conv in any_conv(), with_bias: bool) {
            let w = numbers(conv.weights(), 3);
            let bias = numbers(if with_bias { conv.outputs } else { 0 }, 4);
            let before = numbers(conv.weights(), 5);
            let [y, mut dw] = plain(conv, &w, &bias);
            dw.iter_mut().zip(&before).for_each(|(dw, before)| *dw += before);
            for pixels in 1..=MOST {
                let divides = conv.columns.output % pixels == 0;
                let Some(merged) = conv.merged(pixels) else {
                    prop_assert!(!divides, "{pixels} pixels");
                    continue;
                };
                prop_assert!(divides);
                prop_assert_eq!(merged.conv.output_len(), conv.output_len());
                let mut room = vec![f32::NAN; merged.conv.weights() + bias.len() * pixels];
                let (merged_w, merged_bias) = merged.spread(&w, &bias, &mut room);
                let [merged_y, merged_dw] = plain(merged.conv, merged_w, merged_bias);
                prop_assert_eq!(&merged_y, &y, "{} pixels", pixels);
                let mut found = before.clone();
                merged.gather(&merged_dw, &mut found);
                prop_assert_eq!(&found, &dw, "gradient, {} pixels", pixels);
            }
        }

        #[test]
        fn what_is_chosen_takes_fewer_multiplications_and_fits_in_its_room(conv in any_conv()) {
            let vectors = |conv: Conv, lanes: usize| {
                conv.columns.output * conv.columns.taps * conv.outputs.div_ceil(lanes)
            };
            for lanes in [1, 2, 4, 8, 16] {
                let Some(merged) = conv.best_merged(lanes) else { continue };
                prop_assert!(vectors(merged.conv, lanes) < vectors(conv, lanes), "{lanes} lanes");
                let most = conv.forward_room();
                if most > 0 {
                    prop_assert!(merged.conv.weights() + conv.outputs * merged.pixels <= most, "{lanes} lanes");
                    prop_assert!(merged.conv.weights() <= conv.merged_weights(), "{lanes} lanes");
                }
            }
        }
    }
}
