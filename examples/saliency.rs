//! Shows which pixels a network looks at, and how few of their changes deceive it: gradients of the input.
//!
//! ```text
//! cargo run --release --example saliency       (writes runs/saliency/digits.png)
//! ```
//!
//! The picture has a column for each digit: the digit; how much each pixel changes the score of its class, |∂score/∂x|
//! (Simonyan et al. 2013); and the digit after a step of 0.15 along the sign of the gradient of the loss, which makes the
//! network take it for another (the fast gradient sign method, Goodfellow et al. 2014).

mod grid;
#[macro_use]
mod say;

use std::path::Path;

use plywood::data::digits;
use plywood::optim::Adam;
use plywood::{Backprop, Dataset, Model, Predictor, Result, SoftmaxCrossEntropy, Trainer, network, softmax};

network! {
    /// A small convolutional network, with layers that compute otherwise in training than in evaluation.
    pub Reader: Image<28, 28, 1> => Flat<10> {
        conv(8, kernel = 5, pad = same, bias = false), batch_norm, relu, max_pool(2),
        conv(16, kernel = 5, pad = same, bias = false), batch_norm, relu, max_pool(2),
        flatten, dropout(0.3), dense(64), relu, dense(10),
    }
}

const PIXELS: usize = 28 * 28;
const CLASSES: usize = 10;
/// The largest change of a pixel.
const STEP: f32 = 0.15;

/// Returns the class with the largest score and its probability.
fn read(predictor: &mut Predictor<'_, Reader>, digit: &[f32]) -> (usize, f32) {
    let mut scores = [0.0; CLASSES];
    predictor.infer_into(digit, &mut scores);
    softmax(&mut scores);
    let best = (0..CLASSES).max_by(|&a, &b| scores[a].total_cmp(&scores[b])).unwrap_or(0);
    (best, scores[best])
}

/// Returns a color from black over red and yellow to white.
#[expect(clippy::cast_sign_loss, reason = "clamped to 0 to 1")]
fn heat(share: f32) -> [u8; 3] {
    [0.0, 1.0, 2.0].map(|from| (255.0 * (3.0 * share - from).clamp(0.0, 1.0)) as u8)
}

fn main() -> Result<()> {
    let (train, test) = (digits(6_000, 1), digits(200, 2));
    let mut model = Model::<Reader>::new(1);
    let trainer = Trainer::new().epochs(4).optimizer(Adam::new()).learning_rate(0.002).progress(true);
    trainer.train(&mut model, &train)?;

    // what an evaluation computes: nothing is dropped, and the running statistics stay
    let mut backprop = Backprop::<Reader>::new(1)?.evaluating();
    let mut predictor = Predictor::shared(model.clone());
    let mut grid = grid::Grid::new(3, CLASSES);
    let (mut digit, mut slopes) = ([0.0; PIXELS], [0.0; PIXELS]);
    say!("digit  read as   after a step of {STEP}");
    for class in 0..CLASSES {
        let Some(index) = (0..test.len()).find(|&index| test.label(index) == class) else { continue };
        test.read(index, &mut digit);
        let (before, sure) = read(&mut predictor, &digit);
        grid.put_gray(0, class, &digit);

        // of the score itself: its own derivative is 1
        let mut d_scores = [0.0; CLASSES];
        d_scores[before] = 1.0;
        backprop.forward(&mut model, &digit, 0).backward_to_input(&d_scores, &mut slopes);
        let most = slopes.iter().fold(f32::MIN_POSITIVE, |most, slope| most.max(slope.abs()));
        grid.put(1, class, |pixel| heat(slopes[pixel].abs() / most));

        backprop.run_to_input(&mut model, &SoftmaxCrossEntropy, &digit, &[class], 0, &mut slopes);
        for (pixel, slope) in digit.iter_mut().zip(slopes) {
            *pixel = (*pixel + STEP * slope.signum()).clamp(0.0, 1.0);
        }
        let (after, still) = read(&mut predictor, &digit);
        grid.put_gray(2, class, &digit);
        let [sure, still] = [sure, still].map(|share| 100.0 * share);
        say!("{class:5}  {before} ({sure:3.0} %)  {after} ({still:3.0} %)");
    }
    let path = Path::new("runs/saliency/digits.png");
    grid.save(path)?;
    say!("wrote {}", path.display());
    Ok(())
}
