//! Compares maps of classes for held-out pictures with what a network gives.

use crate::core::{Dims, Layer, Shape};
use crate::data::{ClassNumbers, Dataset};
use crate::error::{Error, Result};
use crate::loss::{IGNORED, largest};
use crate::model::{Model, Predictor};
use crate::report::Bitmap;
use plywood_kernel::Scalar;

/// The classes that a network gives to the pixels of held-out pictures.
#[derive(Debug, Clone, PartialEq)]
pub struct Segmented {
    /// The names of the classes, where the model or the data knows them.
    pub names: Option<Vec<String>>,
    /// The number of pixels of each class, without those of class 255, which do not count.
    pub pixels: Vec<usize>,
    /// The number of pixels of each class that were given this class.
    pub right: Vec<usize>,
    /// The number of pixels that were given each class.
    pub given: Vec<usize>,
    /// The first pictures.
    pub pictures: Vec<Overlay>,
}

/// A picture, and the same tinted by classes. Class 0 is not tinted.
#[derive(Debug, Clone, PartialEq)]
pub struct Overlay {
    /// The index of the example in the data set, from 0.
    pub index: usize,
    /// The picture; white if its sides are not those of the map.
    pub picture: Bitmap,
    /// The picture tinted by its own classes.
    pub actual: Bitmap,
    /// The picture tinted by the classes that the network gives.
    pub predicted: Bitmap,
}

impl Segmented {
    /// The largest number of pictures kept.
    pub const PICTURES: usize = 6;

    /// Gives each pixel of a data set the class with the largest score. `map` returns the classes of a target, row by row.
    ///
    /// # Errors
    /// Returns [`Error::Data`] for a class that the model was not trained on, if the network's output is no image with the sides of the maps, or for a class for which
    /// it has no score.
    pub fn by<N, T, D>(model: &Model<N, T>, data: &D, map: impl Fn(&D::Target) -> &[u8]) -> Result<Self>
    where
        N: Layer,
        T: Scalar,
        D: Dataset<Example = N::In>,
    {
        let place = |index: usize| format!("held-out data, example {index}");
        let Dims::Image(height, width, classes) = N::Out::DIMS else {
            let found = format!("maps for an output of {} numbers", N::Out::LEN);
            return Err(Error::data(place(0), found, "maps for an output that is an image"));
        };
        let numbers = ClassNumbers::new("held-out data", model.class_names(), data.class_names())?;
        let names = model.class_names().or_else(|| data.class_names()).map(<[String]>::to_vec);
        let zeros = vec![0; classes];
        let mut segmented =
            Self { names, pixels: zeros.clone(), right: zeros.clone(), given: zeros, pictures: Vec::new() };
        let mut predictor = Predictor::new(model);
        let (mut x, mut y) = (vec![T::ZERO; N::In::LEN], vec![T::ZERO; N::Out::LEN]);
        let (mut actual, mut predicted) = (vec![IGNORED; height * width], vec![IGNORED; height * width]);
        for index in 0..data.len() {
            let target = data.read(index, &mut x);
            let target = map(&target);
            if target.len() != height * width {
                let found = format!("a map of {} pixels", target.len());
                return Err(Error::data(place(index), found, format!("{height}×{width}, as the output has")));
            }
            predictor.infer_into(&x, &mut y);
            let pixels = target.iter().zip(&mut actual).zip(y.chunks_exact(classes)).zip(&mut predicted);
            for (((&label, actual), scores), predicted) in pixels {
                // without a largest score, a pixel has no class
                let found = largest(scores);
                *predicted = found.and_then(|class| u8::try_from(class).ok()).unwrap_or(IGNORED);
                *actual = IGNORED;
                if label == IGNORED {
                    continue;
                }
                let class = numbers.of(usize::from(label));
                if class >= classes {
                    let expected =
                        format!("0 to {}, or {IGNORED} for a pixel that does not count", classes - 1);
                    return Err(Error::data(place(index), format!("class {label}"), expected));
                }
                *actual = u8::try_from(class).unwrap_or(IGNORED);
                segmented.pixels[class] += 1;
                if let Some(found) = found {
                    segmented.given[found] += 1;
                    segmented.right[class] += usize::from(found == class);
                }
            }
            if index < Self::PICTURES {
                let numbers: Vec<f32> = x.iter().map(|x| x.to_f64() as f32).collect();
                let picture = Bitmap::of_example(N::In::DIMS, &numbers)
                    .filter(|picture| (picture.height(), picture.width()) == (height, width))
                    .unwrap_or_else(|| Bitmap::new(width, height, [255; 3]));
                let [actual, predicted] = [&actual, &predicted].map(|map| tinted(&picture, map));
                segmented.pictures.push(Overlay { index, picture, actual, predicted });
            }
        }
        Ok(segmented)
    }

    /// Returns the intersection over union of a class, `None` for a class that no pixel has or was given.
    #[must_use]
    pub fn overlap(&self, class: usize) -> Option<f64> {
        let union = self.pixels[class] + self.given[class] - self.right[class];
        (union > 0).then(|| self.right[class] as f64 / union as f64)
    }

    /// Returns the name of a class, or its number where names are not known.
    #[must_use]
    pub fn name(&self, class: usize) -> String {
        let name = self.names.as_ref().and_then(|names| names.get(class));
        name.cloned().unwrap_or_else(|| class.to_string())
    }
}

/// Returns the color of a class: hues that are a golden angle apart, so that any two of few classes differ.
pub(crate) fn color(class: usize) -> [u8; 3] {
    if class == usize::from(IGNORED) {
        return [128; 3];
    }
    let hue = (class as f64 * 137.508 + 70.0) % 360.0 / 60.0;
    // at full saturation, one channel is 0, one is full, and one between
    let channel = |shift: f64| {
        let distance = ((hue + shift) % 6.0 - 3.0).abs() - 1.0;
        (230.0 * distance.clamp(0.0, 1.0)).round() as u8
    };
    [channel(0.0), channel(4.0), channel(2.0)]
}

/// Returns a picture tinted by the classes of its pixels.
fn tinted(picture: &Bitmap, map: &[u8]) -> Bitmap {
    let mut tinted = picture.clone();
    for (place, &class) in map.iter().enumerate().filter(|(_, class)| **class != 0) {
        let pixel = tinted.pixel_mut(place / picture.width(), place % picture.width());
        for (channel, tint) in pixel.iter_mut().zip(color(usize::from(class))) {
            *channel = (0.4 * f64::from(*channel) + 0.6 * f64::from(tint)).round() as u8;
        }
    }
    tinted
}
