//! Computes which input each tap of a window reads, along one axis.
//!
//! Tap `k` of output `o` reads position `o·stride + k·dilation − before` of the input. Positions outside the input are
//! padding. These ranges leave zero padding out of every sum, and it is never stored.

use std::ops::Range;

/// One axis of a window that slides over an image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Axis {
    /// The size of the input.
    pub input: usize,
    /// The size of the output.
    pub output: usize,
    /// The size of the window.
    pub taps: usize,
    /// The distance in inputs from one output to the next.
    pub stride: usize,
    /// The padding before the first input; negative where the first window begins further inside.
    pub before: isize,
    /// The distance in inputs from one tap to the next.
    pub dilation: usize,
}

impl Axis {
    /// Returns the axis of adjacent windows of `taps` inputs, as many as cover the input.
    #[must_use]
    pub const fn tiling(input: usize, taps: usize) -> Self {
        Self { input, output: input.div_ceil(taps), taps, stride: taps, before: 0, dilation: 1 }
    }

    /// Returns the input position that a tap of an output reads.
    #[must_use]
    pub const fn place(self, output: usize, tap: usize) -> isize {
        (output * self.stride + tap * self.dilation).cast_signed() - self.before
    }

    /// Returns the taps of an output that fall inside the input.
    #[must_use]
    pub fn taps_at(self, output: usize) -> Range<usize> {
        let first = self.place(output, 0);
        let end = steps(self.input.cast_signed() - first, self.dilation).min(self.taps);
        steps(-first, self.dilation).min(end)..end
    }

    /// Returns the outputs for which a tap falls inside the input.
    #[must_use]
    pub fn outputs_at(self, tap: usize) -> Range<usize> {
        let first = self.place(0, tap);
        let end = steps(self.input.cast_signed() - first, self.stride).min(self.output);
        steps(-first, self.stride).min(end)..end
    }

    /// Returns the outputs whose taps all fall inside the input.
    #[must_use]
    pub fn interior(self) -> Range<usize> {
        if self.taps == 0 {
            return 0..self.output;
        }
        let start = self.outputs_at(0).start;
        start..self.outputs_at(self.taps - 1).end.max(start)
    }

    /// Returns all outputs in runs with the same taps inside: the interior as one run, the others one by one.
    pub fn runs(self) -> impl Iterator<Item = (Range<usize>, Range<usize>)> {
        let interior = self.interior();
        let single = move |output| (output..output + 1, self.taps_at(output));
        let middle = (!interior.is_empty()).then(|| (interior.clone(), 0..self.taps));
        (0..interior.start).map(single).chain(middle).chain((interior.end..self.output).map(single))
    }

    /// Returns the axis restricted to the given outputs.
    #[must_use]
    pub fn part(self, outputs: &Range<usize>) -> Self {
        Self {
            output: outputs.len(),
            before: self.before - (outputs.start * self.stride).cast_signed(),
            ..self
        }
    }

    /// Returns the axes of the adjoint, which sums the outputs that each input contributes to. Inputs that are a stride
    /// apart are reached by the same taps, so each class of them is a [`Phase`] of stride 1 over the outputs.
    pub fn phases(self) -> impl Iterator<Item = Phase> {
        (0..self.stride.min(self.input)).map(move |first| self.phase(first))
    }

    fn phase(self, first: usize) -> Phase {
        // tap k reaches the class if first + before - k·dilation is a multiple of the stride
        let numerator = |tap: usize| first.cast_signed() + self.before - (tap * self.dilation).cast_signed();
        let stride = self.stride.cast_signed();
        let common = greatest_common_divisor(self.stride, self.dilation);
        let tap_step = self.stride / common;
        let mut matching = (0..self.taps.min(tap_step)).filter(|&k| numerator(k) % stride == 0);
        let output = (self.input - first).div_ceil(self.stride);
        let axis = Self { input: self.output, output, taps: 0, stride: 1, before: 0, dilation: 1 };
        let Some(tap) = matching.next() else {
            return Phase { axis, first, tap: 0, tap_step };
        };
        let taps = (self.taps - tap).div_ceil(tap_step);
        let dilation = self.dilation / common;
        // from the last tap to the first, so that outputs come in ascending order
        let before = ((taps - 1) * dilation).cast_signed() - numerator(tap) / stride;
        let last = tap + tap_step * (taps - 1);
        Phase { axis: Self { taps, before, dilation, ..axis }, first, tap: self.taps - 1 - last, tap_step }
    }
}

/// The inputs with the same position modulo the stride, see [`Axis::phases`].
#[derive(Debug, Clone, Copy)]
pub struct Phase {
    /// The axis that slides over the outputs and produces the inputs of this class.
    pub axis: Axis,
    /// The first input of the class; the others follow a stride apart.
    pub first: usize,
    /// The first tap of the class, counted from the end of the window.
    pub tap: usize,
    /// The distance from one tap of the class to the next, toward the beginning of the window.
    pub tap_step: usize,
}

/// Returns the smallest number of steps from 0 that reaches `distance`.
fn steps(distance: isize, step: usize) -> usize {
    distance.max(0).cast_unsigned().div_ceil(step)
}

const fn greatest_common_divisor(a: usize, b: usize) -> usize {
    if b == 0 { a } else { greatest_common_divisor(b, a % b) }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    prop_compose! {
        fn any_axis()(
            input in 1..9_usize, output in 1..9_usize, taps in 1..6_usize, stride in 1..5_usize,
            before in -3..6_isize, dilation in 1..4_usize,
        ) -> Axis {
            Axis { input, output, taps, stride, before, dilation }
        }
    }

    proptest! {
        #[test]
        fn ranges_hold_what_falls_inside(axis in any_axis()) {
            let inside = |output, tap| (0..axis.input.cast_signed()).contains(&axis.place(output, tap));
            for output in 0..axis.output {
                for tap in 0..axis.taps {
                    prop_assert_eq!(axis.taps_at(output).contains(&tap), inside(output, tap));
                    prop_assert_eq!(axis.outputs_at(tap).contains(&output), inside(output, tap));
                }
                let all = (0..axis.taps).all(|tap| inside(output, tap));
                prop_assert_eq!(axis.interior().contains(&output), all);
            }
            let mut next = 0;
            for (outputs, taps) in axis.runs() {
                prop_assert_eq!(outputs.start, next);
                next = outputs.end;
                for output in outputs {
                    prop_assert_eq!(axis.taps_at(output).collect::<Vec<_>>(), taps.clone().collect::<Vec<_>>());
                }
            }
            prop_assert_eq!(next, axis.output);
        }

        #[test]
        fn a_part_has_the_places_of_the_whole(axis in any_axis(), start in 0..4_usize) {
            let outputs = start.min(axis.output)..axis.output;
            let part = axis.part(&outputs);
            for output in 0..part.output {
                prop_assert_eq!(part.place(output, 2), axis.place(start + output, 2));
            }
        }

        /// Checks that the phases visit each tap of each output that falls inside exactly once, from the input that it
        /// reads.
        #[test]
        fn phases_are_the_adjoint(axis in any_axis()) {
            let mut seen = Vec::new();
            for Phase { axis: phase, first, tap, tap_step } in axis.phases() {
                for i in 0..phase.output {
                    for t in phase.taps_at(i) {
                        let output = phase.place(i, t).cast_unsigned();
                        seen.push((first + i * axis.stride, output, axis.taps - 1 - (tap + t * tap_step)));
                    }
                }
            }
            seen.sort_unstable();
            let mut expected = Vec::new();
            for output in 0..axis.output {
                for tap in axis.taps_at(output) {
                    expected.push((axis.place(output, tap).cast_unsigned(), output, tap));
                }
            }
            expected.sort_unstable();
            prop_assert_eq!(seen, expected);
        }
    }
}
