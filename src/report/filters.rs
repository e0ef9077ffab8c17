//! The weights of a network's first layer, as images.

use crate::outline::Kind;
use crate::report::Picture;
use crate::{Dims, Layer, Model, Outline, Scalar, Shape};

/// Weights of the first layer: for each of its outputs, what it multiplies the input image by.
#[derive(Debug, Clone, PartialEq)]
pub struct Filters {
    /// The layer's path in the [`Outline`].
    pub layer: String,
    /// How many there are.
    pub count: usize,
    /// Height, width and channels of each.
    pub sides: [usize; 3],
    /// The first [`SHOWN`](Self::SHOWN) of them, one after the other, each row-major with channels last.
    pub numbers: Vec<f32>,
}

impl Filters {
    /// The most that are shown.
    pub const SHOWN: usize = 64;

    /// Those of a model whose input is an image and whose first weights are a dense layer's or a convolution's on all of
    /// its channels.
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
        // the outputs lie side by side
        let weights = &model.params()[weight.range()];
        let filter = |output| weights.iter().skip(output).step_by(count).map(|weight| weight.to_f64() as f32);
        Some(Self {
            layer: weight.name.rsplit_once('.').map_or(&*weight.name, |(path, _)| path).to_owned(),
            count,
            sides,
            numbers: (0..count.min(Self::SHOWN)).flat_map(filter).collect(),
        })
    }

    /// All that are shown in one picture, side by side with a pixel between. With three channels each is in color, gray
    /// for 0. Otherwise the mean of its channels is shown: white for 0, blue for negative and orange for positive
    /// numbers. Each filter is as strong as its largest number allows.
    #[must_use]
    pub fn picture(&self) -> Picture {
        let [height, width, channels] = self.sides;
        let shown = self.numbers.len() / (height * width * channels);
        let across = if width > 12 { 8 } else { 16 }.min(shown.max(1));
        let rows = shown.div_ceil(across);
        let gap = [128; 3];
        let mut picture = Picture::new(across * (width + 1) + 1, rows * (height + 1) + 1, gap);
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

/// From blue (−1) over white (0) to vermilion (1), which are told apart with any kind of color vision (Okabe and Ito
/// 2008).
fn diverging(x: f32) -> [u8; 3] {
    let end = if x < 0.0 { [0.0, 114.0, 178.0] } else { [213.0, 94.0, 0.0] };
    end.map(|end: f32| (255.0 + (end - 255.0) * x.abs().min(1.0)).round() as u8)
}
