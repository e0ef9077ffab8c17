//! Shows the weights of a network's first layer as images.

use crate::core::outline::Kind;
use crate::core::{Dims, Layer, Outline, Shape};
use crate::model::Model;
use crate::report::Bitmap;
use plywood_kernel::Scalar;

/// The weights of the first layer: for each of its outputs, the factors of the input image.
#[derive(Debug, Clone, PartialEq)]
pub struct Filters {
    /// The layer's path in the [`Outline`].
    pub layer: String,
    /// The number of filters.
    pub count: usize,
    /// The height, width and channels of each filter.
    pub sides: [usize; 3],
    /// The numbers of the first [`SHOWN`](Self::SHOWN) filters, one after the other, each row-major with channels last.
    pub numbers: Vec<f32>,
}

impl Filters {
    /// The largest number of filters shown.
    pub const SHOWN: usize = 64;

    /// Returns the filters of a model.
    ///
    /// Its input must be an image, and its first weights those of a dense layer or of a convolution over all channels;
    /// otherwise the result is `None`.
    #[must_use]
    pub fn of<N: Layer, T: Scalar>(model: &Model<N, T>) -> Option<Self> {
        let Dims::Image(height, width, channels) = <N::In as Shape>::DIMS else { return None };
        let tensors = Outline::of::<N>().tensors;
        let weight = tensors.iter().find(|tensor| tensor.kind == Kind::Weight)?;
        let (sides, count) = match weight.dims[..] {
            [inputs, outputs] if inputs == height * width * channels => ([height, width, channels], outputs),
            [rows, columns, inputs, outputs] if inputs == channels => ([rows, columns, inputs], outputs),
            _ => return None,
        };
        // the outputs are the contiguous side
        let weights = &model.params()[weight.range()];
        let filter = |output| weights.iter().skip(output).step_by(count).map(|weight| weight.to_f64() as f32);
        Some(Self {
            layer: weight.name.rsplit_once('.').map_or(&*weight.name, |(path, _)| path).to_owned(),
            count,
            sides,
            numbers: (0..count.min(Self::SHOWN)).flat_map(filter).collect(),
        })
    }

    /// Draws all shown filters side by side, with a pixel between them.
    ///
    /// Filters with three channels are drawn in color, with gray for 0. For others, the mean of the channels is drawn:
    /// white for 0, blue for negative and orange for positive numbers. Each filter is scaled by its largest number.
    #[must_use]
    pub fn picture(&self) -> Bitmap {
        let [height, width, channels] = self.sides;
        let shown = self.numbers.len() / (height * width * channels);
        let across = if width > 12 { 8 } else { 16 }.min(shown.max(1));
        let rows = shown.div_ceil(across);
        let gap = [128; 3];
        let mut picture = Bitmap::new(across * (width + 1) + 1, rows * (height + 1) + 1, gap);
        for (place, filter) in self.numbers.chunks_exact(height * width * channels).enumerate() {
            let (top, left) = (place / across * (height + 1) + 1, place % across * (width + 1) + 1);
            let pixels: Vec<&[f32]> = filter.chunks_exact(channels).collect();
            let mean = |pixel: &[f32]| pixel.iter().sum::<f32>() / channels as f32;
            let strongest = match channels {
                3 => filter.iter().fold(0.0_f32, |most, x| most.max(x.abs())),
                _ => pixels.iter().fold(0.0_f32, |most, pixel| most.max(mean(pixel).abs())),
            };
            for (i, pixel) in pixels.into_iter().enumerate() {
                let scaled = |x: f32| if strongest > 0.0 { x / strongest } else { 0.0 };
                *picture.pixel_mut(top + i / width, left + i % width) = match *pixel {
                    [red, green, blue] => {
                        [red, green, blue].map(|x| (127.5 * (1.0 + scaled(x))).round() as u8)
                    }
                    _ => diverging(scaled(mean(pixel))),
                };
            }
        }
        picture
    }
}

/// Maps −1 to blue, 0 to white and 1 to vermilion, which are distinguishable with any kind of color vision (Okabe and
/// Ito 2008).
fn diverging(x: f32) -> [u8; 3] {
    let end = if x < 0.0 { [0.0, 114.0, 178.0] } else { [213.0, 94.0, 0.0] };
    end.map(|end: f32| (255.0 + (end - 255.0) * x.abs().min(1.0)).round() as u8)
}
