//! Draws the effects of preprocessing and augmentation on images: `docs/preprocessing.png` and `docs/augmentation.png`.
//!
//! ```text
//! cargo run --release --example pictures --features image -- data/mnist data/cifar10-images docs
//! ```
//!
//! The second folder holds CIFAR-10 as image files, `train` and `test` with a folder for each class.

#[macro_use]
mod say;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use plywood::augment::{
    Brightness, Contrast, Crop, Cutout, Flip, Mixup, Noise, RescaleCrop, Rotate, Saturation, Shift,
};
use plywood::data::folder::{self, Sizes};
use plywood::data::{Examples, Transform, idx};
use plywood::detect::Picture;
use plywood::preprocess::{NormalizeContrast, NormalizeLocally, Pca, Standardize, StandardizeChannels, Zca};
use plywood::{Dataset, Image, ImageShape, Result, Shape};

type Digit = Image<28, 28, 1>;
type Color = Image<32, 32, 3>;
type Small = Image<16, 16, 3>;

/// The number of images in a row.
const COLUMNS: usize = 8;
/// The number of pixels on which an image is drawn; each of its own pixels covers as many as fit.
const SIDE: usize = 64;
/// The number of pixels from one image to the next.
const CELL: usize = SIDE + 4;

/// Draws the effects of preprocessing and augmentation on images.
#[derive(Parser)]
struct Options {
    /// Folder with the four MNIST files
    mnist: PathBuf,
    /// Folder with CIFAR-10 as image files
    cifar: PathBuf,
    /// Folder to draw into
    to: PathBuf,
}

/// Rows of images, one below the other.
struct Sheet {
    rows: usize,
    numbers: Vec<f32>,
}

impl Sheet {
    fn new() -> Self {
        Self { rows: 0, numbers: Vec::new() }
    }

    /// Adds a row in which `image(i)` gives the numbers of the image in column i.
    ///
    /// Images with numbers outside of 0 to 1 are each scaled to that range.
    fn row<S: ImageShape>(&mut self, mut image: impl FnMut(usize) -> Vec<f32>) {
        let (width, zoom) = (COLUMNS * CELL, SIDE / S::HEIGHT.max(S::WIDTH));
        let start = self.numbers.len();
        self.numbers.resize(start + CELL * width * 3, 1.0);
        self.rows += 1;
        for column in 0..COLUMNS {
            let mut numbers = image(column);
            into_range(&mut numbers);
            for y in 0..S::HEIGHT * zoom {
                for x in 0..S::WIDTH * zoom {
                    let from = (y / zoom * S::WIDTH + x / zoom) * S::CHANNELS;
                    let to = start + ((y + 2) * width + column * CELL + x + 2) * 3;
                    for channel in 0..3 {
                        // gray is the same number three times
                        self.numbers[to + channel] = numbers[from + channel % S::CHANNELS];
                    }
                }
            }
        }
    }

    fn save(self, path: PathBuf) -> Result<()> {
        say!("{}", path.display());
        Picture::new(self.rows * CELL, COLUMNS * CELL, 3, self.numbers)?.save(path)
    }
}

/// Scales numbers that are not between 0 and 1 to that range: 0 to the middle, three deviations to the ends.
fn into_range(numbers: &mut [f32]) {
    if numbers.iter().all(|x| (0.0..=1.0).contains(x)) {
        return;
    }
    let deviation = (numbers.iter().map(|x| x * x).sum::<f32>() / numbers.len() as f32).sqrt();
    for x in numbers {
        *x = (0.5 + *x / (6.0 * deviation)).clamp(0.0, 1.0);
    }
}

/// Returns the numbers of an image after a transform.
fn through<A: Transform>(data: &Examples<A::In>, transform: &A, index: usize) -> Vec<f32> {
    A::Out::as_slice(&transform.of(&data.example(index))).to_vec()
}

/// Returns the numbers of an image after a transform, as training sees it.
fn drawn<A: Transform>(data: &Examples<A::In>, transform: &A, index: usize) -> Vec<f32> {
    A::Out::as_slice(&transform.drawn(index as u64, &data.example(index))).to_vec()
}

/// Adds rows that show the effect of preprocessing on images of `K` numbers.
fn preprocessing<S: ImageShape, const K: usize>(
    sheet: &mut Sheet,
    data: &Examples<S>,
    epsilon: f64,
) -> Result<()> {
    let standardize = Standardize::fit(data)?;
    let channels = StandardizeChannels::fit(data)?;
    let contrast = NormalizeContrast::new(0.001)?;
    let local = NormalizeLocally::new(2.0)?;
    let pca = Pca::<S, K>::fit(data, epsilon)?;
    let zca = Zca::fit(data, epsilon)?;
    sheet.row::<S>(|i| S::as_slice(&data.example(i)).to_vec());
    sheet.row::<S>(|i| through(data, &channels, i));
    sheet.row::<S>(|i| through(data, &standardize, i));
    sheet.row::<S>(|i| through(data, &contrast, i));
    sheet.row::<S>(|i| through(data, &local, i));
    // numbers in order of the variance of their directions: no longer an image
    sheet.row::<S>(|i| through(data, &pca, i));
    sheet.row::<S>(|i| through(data, &zca, i));
    Ok(())
}

fn run(options: &Options) -> Result<()> {
    let (digits, _) = idx::mnist(&options.mnist)?;
    let digits: Examples<Digit> = digits.take(2_000);
    let (colors, _) = folder::load::<Color>(options.cifar.join("test"), Sizes::Exact)?;
    let colors = colors.shuffled(3);

    let mut sheet = Sheet::new();
    preprocessing::<Digit, 784>(&mut sheet, &digits, 0.01)?;
    // smaller images: the time of whitening grows with the cube of an image's numbers
    let (small, _) = folder::load::<Small>(options.cifar.join("test"), Sizes::Resize)?;
    preprocessing::<Small, 768>(&mut sheet, &small.shuffled(3).take(2_000), 0.001)?;
    sheet.save(options.to.join("preprocessing.png"))?;

    let mut sheet = Sheet::new();
    sheet.row::<Digit>(|i| Digit::as_slice(&digits.example(i)).to_vec());
    let rotate = Rotate::<Digit>::new(20.0)?;
    sheet.row::<Digit>(|i| drawn(&digits, &rotate, i));
    let shift = Shift::<Digit>::new(4).fill(0.4);
    sheet.row::<Digit>(|i| drawn(&digits, &shift, i));
    sheet.row::<Color>(|i| Color::as_slice(&colors.example(i)).to_vec());
    let crop = Crop::<Color, Image<21, 21, 3>>::new();
    sheet.row::<Image<21, 21, 3>>(|i| drawn(&colors, &crop, i));
    let rotate = Rotate::<Color>::new(20.0)?;
    sheet.row::<Color>(|i| drawn(&colors, &rotate, i));
    let rescale = RescaleCrop::<Color, Color>::new(0.3)?;
    sheet.row::<Color>(|i| drawn(&colors, &rescale, i));
    let flip = Flip::<Color>::new();
    sheet.row::<Color>(|i| drawn(&colors, &flip, i));
    let jitter = Brightness::new(0.4)?.then(Contrast::new(0.4)?).then(Saturation::<Color>::new(0.8)?);
    sheet.row::<Color>(|i| drawn(&colors, &jitter, i).iter().map(|x| x.clamp(0.0, 1.0)).collect());
    let cutout = Cutout::<Color>::new(12);
    sheet.row::<Color>(|i| drawn(&colors, &cutout, i));
    let noise = Noise::<Color>::new(0.1)?;
    sheet.row::<Color>(|i| drawn(&colors, &noise, i).iter().map(|x| x.clamp(0.0, 1.0)).collect());
    let mixup = Mixup::new(&colors, 1.0)?;
    sheet.row::<Color>(|i| {
        let mut mixed = vec![0.0; Color::LEN];
        mixup.draw(i, i as u64, &mut mixed);
        mixed
    });
    sheet.save(options.to.join("augmentation.png"))
}

fn main() -> ExitCode {
    match run(&Options::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say_error!("error: {error}");
            ExitCode::FAILURE
        }
    }
}
