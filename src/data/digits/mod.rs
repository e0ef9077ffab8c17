//! Generates handwritten digits: a data set that needs no download.

mod canvas;
mod hand;
mod strokes;

use rand::rngs::Xoshiro256PlusPlus;
use rand::{Rng, SeedableRng};

use crate::core::Image;
use crate::data::Examples;
use canvas::SIDE;
use hand::{Dice, Hand};

const CLASSES: usize = strokes::VARIANTS.len();

/// Generates `count` handwritten digits of 28×28 pixels, light on dark, with labels 0 to 9, from a seed.
///
/// The library draws them itself, so nothing is downloaded. Each digit is one of several ways to write its class, as
/// pen strokes, with a random slant, rotation, size, aspect, wobble and position, drawn by a pen of random width and
/// pressure on noisy paper. The pixels along the border hold nothing but noise.
///
/// Example i depends only on the seed and i: `digits(100, seed)` is the beginning of `digits(1000, seed)`. Use
/// different seeds for training and testing. Each run of ten examples holds every class once. Only exactly rounded
/// operations are used (no sine, no exponential), so the bytes are the same on every machine. 10,000 digits take about
/// 0.2 s to generate and 8 MB to keep.
///
/// # Difficulty
///
/// Trained on `digits(10_000, 1)` for 6 epochs with the settings of [`Trainer::new`](crate::Trainer::new), except for a
/// learning rate of 1/(20 + 10·epoch), and tested on `digits(2_000, 2)`, as in `tests/digits.rs`:
///
/// | network | accuracy |
/// |---|---|
/// | softmax on the pixels: `dense(10)` | 83.3 % |
/// | `dense(256) relu dense(128) relu dense(10)` | 97.1 % |
/// | the convolutional network LeNet-5 | 99.2 % |
///
/// ```
/// use plywood::{Dataset, data::digits};
///
/// let (train, test) = (digits(500, 1), digits(100, 2));
/// assert_eq!((train.len(), test.len(), train.classes()), (500, 100, 10));
/// for row in test.example(0) {
///     let line: String = row.iter().map(|[ink]| if *ink > 0.5 { '#' } else { ' ' }).collect();
///     println!("{line}");
/// }
/// ```
///
/// # Panics
/// Panics when `count` times 784 bytes, one byte for each pixel, is more than the largest possible allocation. Where it
/// is less but memory does not suffice, the process aborts, as for any failed allocation.
#[must_use]
pub fn digits(count: usize, seed: u64) -> Examples<Image<28, 28, 1>> {
    let mut root = Xoshiro256PlusPlus::seed_from_u64(seed);
    let (order, writing) = (root.next_u64(), root.next_u64());
    let mut bytes = vec![0; count.saturating_mul(SIDE * SIDE)];
    let mut labels = Vec::with_capacity(count);
    for (index, pixels) in bytes.chunks_exact_mut(SIDE * SIDE).enumerate() {
        let label = label(order, index);
        let mut dice = Dice(generator(writing, index));
        let variants = strokes::VARIANTS[label];
        let strokes = variants[dice.below(variants.len() as u32)];
        Hand::draw(&mut dice).write(strokes, &mut dice, pixels);
        labels.push(label);
    }
    Examples::of_bytes(bytes, labels)
}

/// Returns the class of an example: each run of ten holds each class once, in its own order.
fn label(order: u64, index: usize) -> usize {
    let mut dice = Dice(generator(order, index / CLASSES));
    let mut classes: [usize; CLASSES] = std::array::from_fn(|class| class);
    for last in (1..CLASSES).rev() {
        classes.swap(last, dice.below(last as u32 + 1));
    }
    classes[index % CLASSES]
}

/// Returns a separate generator for each index.
fn generator(stream: u64, index: usize) -> Xoshiro256PlusPlus {
    Xoshiro256PlusPlus::seed_from_u64(stream.wrapping_add(index as u64))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Dataset;

    type Digits = Examples<Image<28, 28, 1>>;

    fn images(digits: &Digits) -> Vec<Vec<f32>> {
        let image = |index| {
            let mut image = vec![0.0; SIDE * SIDE];
            digits.read(index, &mut image);
            image
        };
        (0..digits.len()).map(image).collect()
    }

    #[test]
    fn fewer_are_the_beginning_of_more() {
        let many = digits(300, 7);
        for count in [0, 1, 9, 100] {
            assert!(digits(count, 7) == many.clone().take(count), "{count}");
        }
        assert!(digits(100, 8) != many.take(100));
    }

    /// Computes FNV-1a (Fowler, Noll and Vo) of all pixels and labels.
    #[test]
    fn the_first_hundred_are_pinned() {
        let digits = digits(100, 1);
        let ink = images(&digits).into_iter().flatten();
        let hash = ink
            .map(|ink| u64::from(ink.to_bits()))
            .chain(digits.labels().iter().map(|&label| label as u64))
            .fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| (hash ^ byte).wrapping_mul(0x0100_0000_01b3));
        assert_eq!(hash, 0x97dc_edfc_07bf_6743, "{hash:#x}");
    }

    #[test]
    fn each_ten_hold_every_class_in_another_order() {
        let digits = digits(1000, 3);
        let tens: Vec<&[usize]> = digits.labels().chunks(10).collect();
        for ten in &tens {
            let mut sorted = ten.to_vec();
            sorted.sort_unstable();
            assert_eq!(sorted, (0..10).collect::<Vec<_>>());
        }
        for place in 0..10 {
            let zeros = tens.iter().filter(|ten| ten[place] == 0).count();
            // 10 expected with a standard deviation of 3
            assert!((1..=22).contains(&zeros), "{zeros} of 100 at place {place}");
        }
    }

    #[test]
    fn ink_stays_off_the_border() {
        for index in 0..2000 {
            let mut dice = Dice(generator(5, index));
            let variants = strokes::VARIANTS[index % CLASSES];
            let strokes = variants[index / CLASSES % variants.len()];
            let mut pixels = [0; SIDE * SIDE];
            Hand::draw(&mut dice).on_clean_paper().write(strokes, &mut dice, &mut pixels);
            let rows: Vec<&[u8]> = pixels.chunks(SIDE).collect();
            for (i, row) in rows.iter().enumerate() {
                let border = [rows[0][i], rows[SIDE - 1][i], row[0], row[SIDE - 1]];
                assert_eq!(border, [0; 4], "{index}: row or column {i}");
            }
            let inked = pixels.iter().filter(|&&pixel| pixel > 100).count();
            assert!((20..350).contains(&inked), "{index}: {inked} pixels of ink");
        }
    }

    #[test]
    fn the_nearest_class_mean_is_often_but_not_always_right() {
        let (train, test) = (digits(2000, 1), digits(500, 2));
        let mut means = vec![[0.0; SIDE * SIDE]; CLASSES];
        for (image, &label) in images(&train).iter().zip(train.labels()) {
            for (mean, ink) in means[label].iter_mut().zip(image) {
                *mean += ink / 200.0;
            }
        }
        let distance = |image: &[f32], class: usize| -> f32 {
            image.iter().zip(&means[class]).map(|(ink, mean)| (ink - mean) * (ink - mean)).sum()
        };
        let mut right = [0; CLASSES];
        for (image, &label) in images(&test).iter().zip(test.labels()) {
            let nearest = (0..CLASSES).min_by(|&a, &b| distance(image, a).total_cmp(&distance(image, b)));
            right[label] += usize::from(nearest == Some(label));
        }
        let total: usize = right.iter().sum();
        assert!((250..=475).contains(&total), "{total} of 500");
        assert!(right.iter().all(|&right| right > 10), "of 50 each, right: {right:?}");
    }
}
