//! Names each pixel of a picture with two digits: a U-Net for segmentation.
//!
//! ```text
//! cargo run --release --example segment
//! ```
//!
//! The network halves the picture twice and enlarges it again, and each `concat { identity } { … }` brings the details
//! of its size back (Ronneberger et al. 2015). The loss is the cross-entropy of the classes at every pixel.

#[macro_use]
mod say;
mod task;

use std::error::Error;

use clap::Parser;
use plywood::augment::{Shift, WithTargets};
use plywood::data::{Examples, digits};
use plywood::eval::measure_by;
use plywood::eval::metrics::{Accuracy, MeanIou};
use plywood::{Dataset, Image, Model, Scalar, Trainer, network};

const HEIGHT: usize = 32;
const WIDTH: usize = 64;
/// Paper, and ten digits.
const CLASSES: usize = 11;

network! {
    /// A class for each pixel.
    pub UNet: Image<HEIGHT, WIDTH, 1> => Image<HEIGHT, WIDTH, CLASSES> {
        conv(8, kernel = 3, pad = same), relu,
        concat { identity } {
            max_pool(2), conv(16, kernel = 3, pad = same), relu,
            concat { identity } {
                max_pool(2), conv(32, kernel = 3, pad = same), relu,
                concat { identity } {
                    max_pool(2), conv(48, kernel = 3, pad = same), relu,
                    conv(48, kernel = 3, pad = same), relu, upsample(2),
                },
                conv(32, kernel = 3, pad = same), relu, upsample(2),
            },
            conv(16, kernel = 3, pad = same), relu, upsample(2),
        },
        conv(16, kernel = 3, pad = same), relu,
        conv(CLASSES, kernel = 1),
    }
}

/// Pictures of two digits side by side, at places of their own.
struct Scenes(Examples<Image<28, 28, 1>>);

impl Dataset for Scenes {
    type Example = Image<HEIGHT, WIDTH, 1>;
    type Target = [[u8; WIDTH]; HEIGHT];

    fn len(&self) -> usize {
        self.0.len() / 2
    }

    fn read<T: Scalar>(&self, index: usize, x: &mut [T]) -> Self::Target {
        x.fill(T::ZERO);
        let mut map = [[0; WIDTH]; HEIGHT];
        for half in 0..2 {
            let mut digit = [T::ZERO; 28 * 28];
            let class = self.0.read(2 * index + half, &mut digit);
            let [top, left] = [index % 5, 32 * half + (index / 5 + 3 * half) % 5];
            for (row, line) in digit.chunks_exact(28).enumerate() {
                let start = (top + row) * WIDTH + left;
                x[start..start + 28].copy_from_slice(line);
                for (name, ink) in map[top + row][left..].iter_mut().zip(line) {
                    if ink.to_f64() > 0.3 {
                        *name = class as u8 + 1;
                    }
                }
            }
        }
        map
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let options = task::Options::parse();
    let (train, test) = (Scenes(digits(4000, 1)), Scenes(digits(400, 2)));
    if let Some(folder) = &options.export {
        let numbers =
            |map: [[u8; WIDTH]; HEIGHT]| map.as_flattened().iter().copied().map(f32::from).collect();
        task::export(folder, "train", &train, numbers)?;
        return Ok(task::export(folder, "test", &test, numbers)?);
    }

    // each epoch sees the scenes at other places, with their maps; what comes from outside is paper
    let train = WithTargets::new(&train, Shift::new(3)).outside(0);
    let mut model = Model::<UNet>::new(options.seed);
    let trainer = Trainer::new()
        .epochs(options.epochs.unwrap_or(6))
        .batch_size(16)
        .learning_rate(0.05)
        .seed(options.seed)
        .progress(true);
    trainer.train(&mut model, &train)?;

    let mut scene = Box::new([[[0.0; 1]; WIDTH]; HEIGHT]);
    test.read(1, scene.as_flattened_mut().as_flattened_mut());
    for row in model.infer(&scene) {
        let name = |scores: &[f32; CLASSES]| {
            let best = (0..CLASSES).max_by(|&a, &b| scores[a].total_cmp(&scores[b])).unwrap_or_default();
            if best == 0 { ' ' } else { char::from(b'0' + (best - 1) as u8) }
        };
        say!("{}", row.iter().map(name).collect::<String>());
    }
    let [accuracy, iou] = [measure_by(&model, &test, &Accuracy)?, measure_by(&model, &test, &MeanIou)?];
    say!("{:.2} % of the pixels right, mean IoU {:.1} %", 100.0 * accuracy, 100.0 * iou);
    Ok(())
}
