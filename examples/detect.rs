//! Finds digits in a larger picture with a network trained on windows, and draws boxes around them:
//! `docs/detection.png`.
//!
//! ```text
//! cargo run --release --example detect --features image -- data/mnist docs/detection.png
//! ```

#[macro_use]
mod say;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use plywood::data::{Examples, Random, Split, idx};
use plywood::detect::{Detection, Picture, scan, suppress};
use plywood::{Dataset, Image, Model, Result, Scalar, Threads, Trainer, network};

type Digit = Image<28, 28, 1>;

const SIDE: usize = 28;

network! {
    /// A network with ten digits and a class for none. All layers before `flatten` process a whole picture at once.
    Finder: Image<28, 28, 1> => Flat<11> {
        conv(8, kernel = 5), relu, max_pool(2),
        conv(16, kernel = 5), relu, max_pool(2),
        flatten,
        dense(64), relu,
        dense(11),
    }
}

/// The class of windows without a digit in the middle.
const NOTHING: usize = 10;
/// The number of pixels from one window to the next: the product of both pools' strides, so that windows share work.
const STEP: usize = 4;

/// Windows as a network sees them when it slides over digits.
///
/// Half of them have a digit in the middle, as nearly as the steps allow. The others have parts of two adjacent digits.
struct Seen<'a>(&'a Examples<Digit>);

impl Seen<'_> {
    /// Adds a digit shifted by the given numbers of rows and columns, and returns its class.
    fn add<T: Scalar>(&self, index: usize, [down, along]: [isize; 2], x: &mut [T]) -> usize {
        let mut digit = [T::ZERO; SIDE * SIDE];
        let class = self.0.read(index, &mut digit);
        for (i, x) in x.iter_mut().enumerate() {
            let from = [(i / SIDE).checked_add_signed(-down), (i % SIDE).checked_add_signed(-along)];
            if let [Some(row), Some(column)] = from.map(|place| place.filter(|&place| place < SIDE)) {
                *x = x.max(digit[row * SIDE + column]);
            }
        }
        class
    }
}

impl Dataset for Seen<'_> {
    type Example = Digit;
    type Target = usize;

    fn len(&self) -> usize {
        2 * self.0.len()
    }

    fn read<T: Scalar>(&self, index: usize, x: &mut [T]) -> usize {
        self.draw(index, index as u64, x)
    }

    fn draw<T: Scalar>(&self, index: usize, seed: u64, x: &mut [T]) -> usize {
        let mut random = Random::new(seed);
        let mut moved =
            |by: usize| [(); 2].map(|()| random.below(2 * by + 1).cast_signed() - by.cast_signed());
        x.fill(T::ZERO);
        if index.is_multiple_of(2) {
            return self.add(index / 2, moved(STEP / 2), x);
        }
        let mut place = moved(SIDE);
        while place.iter().all(|by| by.unsigned_abs() <= STEP) {
            place = moved(SIDE);
        }
        self.add(index / 2, place, x);
        // its neighbor on a random side
        let side = random.below(4);
        place[side / 2] += if side.is_multiple_of(2) { 1 } else { -1 } * SIDE.cast_signed();
        self.add(random.below(self.0.len()), place, x);
        NOTHING
    }
}

/// The rows and columns of cells, each of which may hold a digit.
const CELLS: [usize; 2] = [3, 6];
/// The rows and columns of pixels in a cell.
const CELL: [usize; 2] = [44, 48];

/// Returns a picture with digits at random places, and those digits.
fn picture(digits: &Examples<Digit>) -> Result<(Picture, Vec<Detection>)> {
    let mut random = Random::new(4);
    let mut picture = Picture::filled(CELLS[0] * CELL[0], CELLS[1] * CELL[1], 1, 0.0);
    let mut shown = Vec::new();
    for cell in 0..CELLS[0] * CELLS[1] {
        let [top, left] = [0, 1].map(|i| random.below(CELL[i] - SIDE + 1));
        let (top, left) = (cell / CELLS[1] * CELL[0] + top, cell % CELLS[1] * CELL[1] + left);
        if random.chance(0.75) {
            picture.paste(&digits.example(cell), top, left)?;
            let class = digits.label(cell);
            shown.push(Detection { top, left, height: SIDE, width: SIDE, class, score: 1.0 });
        }
    }
    Ok((picture, shown))
}

/// The shapes of the digits in five rows of three pixels, with the upper left one in the highest bit.
const SHAPES: [u16; 10] = [
    0b111_101_101_101_111,
    0b010_110_010_010_111,
    0b111_001_111_100_111,
    0b111_001_111_001_111,
    0b101_101_111_001_001,
    0b111_100_111_001_111,
    0b111_100_111_101_111,
    0b111_001_001_001_001,
    0b111_101_111_101_111,
    0b111_101_111_001_111,
];

/// Returns the picture, enlarged and in color, with a box around each detection and its class in a corner: green for a
/// correct digit, red otherwise.
fn drawn(picture: &Picture, found: &[(Detection, bool)]) -> Result<Picture> {
    const ZOOM: usize = 2;

    let (height, width) = (picture.height(), picture.width());
    let pixel = |i: usize| picture.numbers()[i / (width * ZOOM) / ZOOM * width + i % (width * ZOOM) / ZOOM];
    let numbers = (0..height * width * ZOOM * ZOOM).flat_map(|i| [pixel(i); 3]).collect();
    let mut drawn = Picture::new(height * ZOOM, width * ZOOM, 3, numbers)?;
    for (detection, right) in found {
        let color = if *right { [0.2, 0.9, 0.3] } else { [1.0, 0.3, 0.2] };
        let [top, left] = [detection.top, detection.left].map(|place| place * ZOOM);
        let [height, width] = [detection.height, detection.width].map(|side| side * ZOOM);
        let frame = Detection { top, left, height, width, ..*detection };
        drawn.outline(&frame, &color)?;
        for bit in (0..15).filter(|bit| SHAPES[detection.class] >> (14 - bit) & 1 == 1) {
            let (top, left) = (top + ZOOM * (2 + bit / 3), left + ZOOM * (2 + bit % 3));
            drawn.outline(&Detection { top, left, height: ZOOM, width: ZOOM, ..*detection }, &color)?;
        }
    }
    Ok(drawn)
}

/// Finds digits in a larger picture.
#[derive(Parser)]
struct Options {
    /// Folder with the four MNIST files
    mnist: PathBuf,
    /// File to draw into
    to: PathBuf,
    /// Times that each image is used
    #[arg(long, default_value_t = 4)]
    epochs: usize,
}

fn run(options: &Options) -> Result<()> {
    let threads = Threads::all()?;
    let (train, test) = idx::mnist(&options.mnist)?;
    let (train, validation) = Split::train(train.shuffled(0)).hold_out(5_000)?;
    let (train, validation) = (train.into_data(), validation.into_data());
    let mut model = Model::<Finder>::new(1);
    let trainer = Trainer::new().epochs(options.epochs).threads(&threads).progress(true);
    trainer.run(&mut model, &Seen(&train)).validate(&Seen(&validation)).fit()?;

    let (picture, shown) = picture(&test)?;
    let scan = scan(&model, &picture, STEP, &threads)?;
    let found = suppress(scan.detections(0.9, &[NOTHING]), 0.2)?;
    let is_right = |found: &Detection| {
        shown.iter().any(|shown| shown.class == found.class && shown.overlap(found) > 0.5)
    };
    let found: Vec<_> = found.into_iter().map(|found| (found, is_right(&found))).collect();
    let right = found.iter().filter(|(_, right)| *right).count();
    say!("{} windows: {right} of {} digits found", scan.rows() * scan.columns(), shown.len());
    say!("{} boxes that are wrong", found.len() - right);
    drawn(&picture, &found)?.save(&options.to)?;
    say!("{}", options.to.display());
    Ok(())
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
