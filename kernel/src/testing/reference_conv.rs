//! Provides the reference for kernels with windows: every sum by the formula, over padded positions one by one.

use crate::conv::Conv;
use crate::conv::border::{Source, locate};

/// Calls `visit(x, w, y)` with the indices of each product of a convolution: `y += x · w`.
pub(crate) fn products(
    conv: Conv,
    source: Source,
    images: usize,
    mut visit: impl FnMut(usize, usize, usize),
) {
    let (inputs, outputs) = (conv.inputs / conv.groups, conv.outputs / conv.groups);
    for n in 0..images {
        for oy in 0..conv.rows.output {
            for ox in 0..conv.columns.output {
                for kh in 0..conv.rows.taps {
                    for kw in 0..conv.columns.taps {
                        let iy = locate(conv.rows.place(oy, kh), conv.rows.input, source);
                        let ix = locate(conv.columns.place(ox, kw), conv.columns.input, source);
                        let (Some(iy), Some(ix)) = (iy, ix) else { continue };
                        for o in 0..conv.outputs {
                            for i in 0..inputs {
                                let channel = o / outputs * inputs + i;
                                let x = ((n * conv.rows.input + iy) * conv.columns.input + ix) * conv.inputs;
                                let w = ((kh * conv.columns.taps + kw) * inputs + i) * conv.outputs;
                                let y =
                                    ((n * conv.rows.output + oy) * conv.columns.output + ox) * conv.outputs;
                                visit(x + channel, w + o, y + o);
                            }
                        }
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::products;
    use crate::Scalar;
    use crate::conv::axis::Axis;
    use crate::conv::border::Border;
    use crate::conv::{Conv, forward, input_gradient, weight_gradient};
    use crate::epilogue::Epilogue;
    use crate::testing::{reflect, replicate, zero};

    prop_compose! {
        /// Generates any axis that has an output; the padding may be wider than the window, and the window than the
        /// image.
        fn any_axis()(
            input in 1..9_usize, taps in 1..5_usize, stride in 1..4_usize, before in 0..4_usize,
            after in 0..4_usize, dilation in 1..3_usize,
        ) -> Axis {
            let extent = dilation * (taps - 1) + 1;
            let after = after.max(extent.saturating_sub(input + before));
            let output = (input + before + after - extent) / stride + 1;
            Axis { input, output, taps, stride, before: before.cast_signed(), dilation }
        }
    }

    prop_compose! {
        fn any_conv()(
            rows in any_axis(), columns in any_axis(),
            groups in prop_oneof![Just(1), Just(1), 1..4_usize],
            // sizes around the vectors of both scalars, in groups of 1 (depthwise) and more
            group_inputs in prop::sample::select(vec![1, 1, 2, 3, 5, 16, 17]),
            group_outputs in prop::sample::select(vec![1, 1, 2, 4, 7, 8, 16, 33]),
        ) -> Conv {
            Conv { rows, columns, inputs: groups * group_inputs, outputs: groups * group_outputs, groups }
        }
    }

    /// Returns small whole numbers: sums of them are exact, and so must the kernels be.
    fn numbers<T: Scalar>(len: usize, seed: usize) -> Vec<T> {
        (0..len).map(|i| T::of((((i + seed) * 2_654_435_761) >> 7) as f64 % 9.0 - 4.0)).collect()
    }

    fn compare<T: Scalar>(conv: Conv, images: usize) {
        let x = numbers::<T>(images * conv.input_len(), 1);
        let w = numbers::<T>(conv.weights(), 2);
        let dy = numbers::<T>(images * conv.output_len(), 3);
        let bias = numbers::<T>(conv.outputs, 4);
        let input_bias = numbers::<T>(conv.inputs, 5);
        let before = numbers::<T>(conv.weights(), 6);

        let mut expected_y = bias.repeat(dy.len() / conv.outputs);
        let mut expected_dx = input_bias.repeat(x.len() / conv.inputs);
        let mut expected_dw = before.clone();
        products(conv, zero, images, |i, j, k| {
            expected_y[k] += x[i] * w[j];
            expected_dx[i] += dy[k] * w[j];
            expected_dw[j] += x[i] * dy[k];
        });

        let nan = |len: usize| vec![T::of(f64::NAN); len];
        let mut y = nan(dy.len());
        forward(conv, &x, &w, &bias, Epilogue::NONE, &mut y, &mut nan(conv.forward_room()));
        assert_eq!(y, expected_y, "forward {images} × {conv:?}");
        let epilogue = Epilogue { addend: &dy, rectify: true };
        let rectified = expected_y.iter().zip(&dy).map(|(&y, &dy)| (y + dy).max(T::ZERO)).collect::<Vec<_>>();
        for room in [0, conv.forward_room()] {
            let mut y = nan(dy.len());
            forward(conv, &x, &w, &bias, epilogue, &mut y, &mut nan(room));
            assert_eq!(y, rectified, "added to and rectified {images} × {conv:?}, room {room}");
        }
        let mut dx = nan(x.len());
        input_gradient(conv, &dy, &w, &input_bias, &mut dx, &mut nan(w.len()));
        assert_eq!(dx, expected_dx, "input gradient {images} × {conv:?}");
        let mut dw = before;
        weight_gradient(conv, &x, &dy, &mut dw, &mut nan(conv.gradient_room()));
        assert_eq!(dw, expected_dw, "weight gradient {images} × {conv:?}");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(if cfg!(miri) { 4 } else { 300 }))]

        #[test]
        fn all_three_roles_agree_on_any_size(conv in any_conv(), images in 1..4_usize, threads in 1..4_usize) {
            let pool = crate::Threads::new(threads).expect("threads");
            pool.run(|| {
                compare::<f32>(conv, images);
                compare::<f64>(conv, images);
            });
        }
    }

    #[test]
    #[cfg_attr(miri, ignore = "takes Miri an hour")]
    fn large_images_go_in_blocks() {
        let axis = |input, before| Axis { input, output: input, taps: 3, stride: 1, before, dilation: 1 };
        // the first size takes several images at a time, the second some rows of one image
        for (height, width, inputs, outputs, images) in [(12, 12, 3, 17, 20), (40, 64, 5, 16, 2)] {
            let (rows, columns) = (axis(height, 1), axis(width, 1));
            compare::<f32>(Conv { rows, columns, inputs, outputs, groups: 1 }, images);
        }
    }

    proptest! {
        #[test]
        fn borders_copy_what_the_padding_says(
            (height, width) in (1..6_usize, 1..6_usize),
            pads in prop::array::uniform4(0..4_usize),
            channels in 1..4_usize,
            images in 1..4_usize,
            kind in 0..3_usize,
        ) {
            let (source, narrow) =
                [(zero as _, false), (reflect as _, true), (replicate as _, false)][kind];
            let pad = |pad: usize, side: usize| if narrow { pad.min(side - 1) } else { pad };
            let [top, bottom, left, right] = pads;
            let rows = Border::axis(height, pad(top, height), pad(bottom, height));
            let columns = Border::axis(width, pad(left, width), pad(right, width));
            let border = Border { rows, columns, channels, source };
            // padding is the convolution with one tap that is the identity
            let conv = Conv { rows, columns, inputs: channels, outputs: channels, groups: channels };
            let x = numbers::<f64>(images * height * width * channels, 1);
            let d = numbers::<f64>(images * border.padded_len(), 2);
            let (mut expected, mut expected_dx) = (vec![0.0; d.len()], vec![0.0; x.len()]);
            products(conv, source, images, |i, _, k| {
                expected[k] += x[i];
                expected_dx[i] += d[k];
            });
            let (mut padded, mut dx) = (vec![f64::NAN; d.len()], vec![f64::NAN; x.len()]);
            border.pad(&x, &mut padded);
            prop_assert_eq!(padded, expected);
            border.fold(&d, &mut dx);
            prop_assert_eq!(dx, expected_dx);
        }
    }
}
