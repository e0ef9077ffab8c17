//! Draws digits that nobody wrote: a generative adversarial network, trained by a loop of one's own.
//!
//! ```text
//! cargo run --release --example gan            (writes runs/gan/digits.png; takes a minute or two)
//! ```
//!
//! A generator turns random numbers and a class into a picture. A discriminator says whether a picture comes from the
//! data, and of which class it is (Goodfellow et al. 2014; with classes: Odena et al. 2017). In each step, the
//! discriminator learns from a batch of real and generated pictures, and the generator then changes its pictures so that
//! the discriminator takes more of them for real ones of their classes. The gradient of the generator comes from no loss
//! of its own but through the discriminator, so the loop is written with [`Backprop`]: a forward pass of the generator,
//! a pass through the discriminator back to its input, and the backward pass of the generator from there.

mod grid;
#[macro_use]
mod say;

use std::path::Path;

use plywood::data::{Random, digits};
use plywood::loss::BinaryCrossEntropy;
use plywood::optim::{Adam, Groups, Optimizer, State, Step};
use plywood::{Backprop, Dataset, Layer, Model, Predictor, Result, SoftmaxCrossEntropy, Threads, network};

network! {
    /// Draws a digit from 32 random numbers and its class, a 1 among ten numbers.
    pub Generator: Flat<42> => Image<28, 28, 1> {
        dense(128), leaky_relu(slope = 0.2),
        dense(1568), leaky_relu(slope = 0.2),
        reshape(7, 7, 32),
        conv_transpose(16, kernel = 4, stride = 2, pad = 1), leaky_relu(slope = 0.2),
        conv_transpose(1, kernel = 4, stride = 2, pad = 1), sigmoid,
    }

    /// Says whether a picture is a real digit, above 0 for yes, and gives scores of its class.
    pub Discriminator: Image<28, 28, 1> => (Flat<1>, Flat<10>) {
        conv(16, kernel = 4, stride = 2, pad = 1), leaky_relu(slope = 0.2),
        conv(32, kernel = 4, stride = 2, pad = 1), leaky_relu(slope = 0.2),
        flatten, dropout(0.3),
        dense(64), leaky_relu(slope = 0.2),
        heads { dense(1) } { dense(10) },
    }
}

const EXAMPLES: usize = 10_000;
const EPOCHS: usize = 20;
/// The pictures of each kind in a batch.
const BATCH: usize = 50;
const PIXELS: usize = 28 * 28;
const NOISE: usize = 32;
const CLASSES: usize = 10;
/// What the discriminator should say of real pictures: not quite certain, so that it keeps a gradient (Salimans et al.
/// 2016).
const REAL: [f32; 1] = [0.9];
const GENERATED: [f32; 1] = [0.0];
/// The share of the last step in the average of the generator's parameters, which draws smoother digits than any one step
/// (Yazıcı et al. 2019).
const SHARE: f32 = 0.002;
const LEARNING_RATE: f64 = 0.001;

/// A network with its optimizer.
struct Player<N: Layer> {
    model: Model<N>,
    backprop: Backprop<N>,
    state: <Adam as Optimizer>::State<f32>,
    groups: Groups,
}

impl<N: Layer> Player<N> {
    fn new(seed: u64, batch: usize) -> Result<Self> {
        Ok(Self {
            model: Model::new(seed),
            backprop: Backprop::new(batch)?,
            state: State::new(N::PARAMS),
            groups: Groups::of::<N>(0.0)?,
        })
    }

    /// Changes the parameters by the gradient of the last backward pass.
    fn step(&mut self) {
        // a short memory of past gradients, since the other network changes what they aim at (Radford et al. 2016)
        let adam = Adam { beta1: 0.5, ..Adam::new() };
        let step = Step::new(self.model.params_mut(), self.backprop.gradient(), LEARNING_RATE, &self.groups);
        adam.step(&mut self.state, step);
    }
}

/// Writes random numbers and the class.
fn draw(random: &mut Random, class: usize, x: &mut [f32]) {
    x[..NOISE].fill_with(|| random.normal() as f32);
    x[NOISE..].fill(0.0);
    x[NOISE + class] = 1.0;
}

/// Draws rows of the ten digits.
fn picture(generator: &Model<Generator>, path: &Path) -> Result<()> {
    const ROWS: usize = 8;
    /// The size of the random numbers, less than in training: digits are then less varied, and better (Brock et al. 2019).
    const TYPICAL: f32 = 0.6;
    let mut random = Random::new(7);
    let mut predictor = Predictor::new(generator);
    let mut grid = grid::Grid::new(ROWS, CLASSES);
    let (mut x, mut digit) = ([0.0; NOISE + CLASSES], [0.0; PIXELS]);
    for row in 0..ROWS {
        for class in 0..CLASSES {
            draw(&mut random, class, &mut x);
            x[..NOISE].iter_mut().for_each(|number| *number *= TYPICAL);
            predictor.infer_into(&x, &mut digit);
            grid.put_gray(row, class, &digit);
        }
    }
    grid.save(path)
}

fn train() -> Result<()> {
    let data = digits(EXAMPLES, 1);
    let mut generator = Player::<Generator>::new(1, BATCH)?;
    let mut discriminator = Player::<Discriminator>::new(2, 2 * BATCH)?;
    let mut drawing = generator.model.clone();
    let loss = (BinaryCrossEntropy, SoftmaxCrossEntropy);
    let mut random = Random::new(3);
    let mut order: Vec<usize> = (0..EXAMPLES).collect();
    let mut noise = vec![0.0; BATCH * (NOISE + CLASSES)];
    // real pictures and then generated ones
    let mut pictures = vec![0.0; 2 * BATCH * PIXELS];
    let mut targets = [(REAL, 0); 2 * BATCH];
    let mut slopes = vec![0.0; BATCH * PIXELS];

    say!("epoch  discriminator  generator  taken for real");
    for epoch in 1..=EPOCHS {
        for last in (1..order.len()).rev() {
            order.swap(last, random.below(last + 1));
        }
        let (mut losses, mut fooled) = ([0.0; 2], 0);
        for (step, batch) in order.chunks_exact(BATCH).enumerate() {
            let seed = (epoch * EXAMPLES + step) as u64;
            let (real, generated) = pictures.split_at_mut(BATCH * PIXELS);
            for (place, &index) in batch.iter().enumerate() {
                let class = data.read(index, &mut real[place * PIXELS..][..PIXELS]);
                draw(&mut random, class, &mut noise[place * (NOISE + CLASSES)..][..NOISE + CLASSES]);
                targets[place] = (REAL, class);
                targets[BATCH + place] = (GENERATED, class);
            }

            // the generator draws digits of the same classes
            let pass = generator.backprop.forward(&mut generator.model, &noise, seed);
            generated.copy_from_slice(pass.outputs());

            // the discriminator learns to tell them from real ones
            let Player { model, backprop, .. } = &mut discriminator;
            losses[0] += backprop.run(model, &loss, &pictures, &targets, seed);
            // the scores of the first head lie before those of the second
            fooled +=
                backprop.outputs(2 * BATCH)[BATCH..2 * BATCH].iter().filter(|&&score| score > 0.0).count();
            discriminator.step();

            // the generator learns what would have made them look real
            for (is_real, _) in &mut targets {
                *is_real = [1.0];
            }
            let Player { model, backprop, .. } = &mut discriminator;
            let generated = &pictures[BATCH * PIXELS..];
            losses[1] += backprop.run_to_input(model, &loss, generated, &targets[BATCH..], seed, &mut slopes);
            pass.backward(&slopes);
            generator.step();
            let (average, params) = (drawing.params_mut(), generator.model.params());
            average
                .iter_mut()
                .zip(params)
                .for_each(|(average, param)| *average += SHARE * (param - *average));
        }
        let steps = EXAMPLES / BATCH;
        let [of_discriminator, of_generator] = losses.map(|loss| loss / steps as f64);
        let fooled = 100.0 * fooled as f64 / (steps * BATCH) as f64;
        say!("{epoch:5}  {of_discriminator:13.3}  {of_generator:9.3}  {fooled:12.1} %");
    }
    let path = Path::new("runs/gan/digits.png");
    picture(&drawing, path)?;
    say!("wrote {}", path.display());
    Ok(())
}

fn main() -> Result<()> {
    Threads::all()?.run(train)
}
