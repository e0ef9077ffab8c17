//! Draws the random handwriting of one digit.

use rand::Rng;
use rand::rngs::Xoshiro256PlusPlus;

use crate::data::digits::canvas::{Canvas, SIDE};
use crate::data::digits::strokes::{Point, Stroke};

/// The random parameters of one digit. Lengths are in pixels, or in sides of the unit square before scaling.
#[derive(Debug)]
pub(super) struct Hand {
    /// The map from the unit square around its center to pixels: `[x, y] = [[a, b], [c, d]] [u, v]`.
    affine: [[f32; 2]; 2],
    wobble: Wobble,
    /// The offset of the digit's bounding box from the center of the canvas.
    shift: Point,
    /// The radius of the pen at the beginning and at the end of each stroke.
    radius: [f32; 2],
    blur: f32,
    /// The amount of ink where the pen has been.
    darkness: f32,
    /// The standard deviation of a pixel's noise.
    noise: f32,
}

impl Hand {
    /// The number of pixels that stay free of ink along each side of the canvas.
    const MARGIN: f32 = 2.0;

    /// Draws the parameters of a hand. The strengths were tuned by the accuracies that
    /// [`digits`](crate::data::digits::digits) documents: stronger ones (rotation 0.40, height 18.5 ± 5.0, shift 4.5
    /// and 4.0, noise 0.12) lowered the linear classifier to 73 %; weaker ones (rotation 0.32, wobble 0.11, shift 3.5
    /// and 3.0, noise 0.07) raised it to 88 % and the deeper one to 98 %.
    pub(super) fn draw(dice: &mut Dice) -> Self {
        let (cos, sin) = rotation(0.36 * dice.bell());
        let slant = 0.15 + 0.45 * dice.bell();
        let height = 19.0 + 4.5 * dice.bell();
        let width = height * (0.80 + 0.30 * dice.bell());
        let radius = 1.20 + 0.50 * dice.bell();
        let pressure = 0.25 * dice.bell();
        Self {
            affine: [
                [cos * width, -(sin + cos * slant) * height],
                [sin * width, (cos - sin * slant) * height],
            ],
            wobble: Wobble::draw(0.16, dice),
            shift: [4.4 * dice.bell(), 3.4 * dice.bell()],
            radius: [radius * (1.0 + pressure), radius * (1.0 - pressure)],
            blur: 0.10 + 0.10 * dice.unit(),
            darkness: 0.80 + 0.20 * dice.unit(),
            noise: 0.10 * dice.unit(),
        }
    }

    #[cfg(test)]
    pub(super) fn on_clean_paper(self) -> Self {
        Self { noise: 0.0, ..self }
    }

    /// Writes a digit, then adds the noise of the paper.
    pub(super) fn write(&self, strokes: &[Stroke], dice: &mut Dice, pixels: &mut [u8]) {
        let mut traces = Vec::with_capacity(strokes.len());
        for stroke in strokes {
            let mut trace = Vec::new();
            stroke.trace(|point| trace.push(self.place(point)));
            traces.push(trace);
        }
        let [scale, offset_x, offset_y] = self.frame(&traces);
        let mut canvas = Canvas::blank();
        for trace in &traces {
            let steps = (trace.len() - 1) as f32;
            let radius = |step: usize| {
                let t = step as f32 / steps;
                self.radius[0] + t * (self.radius[1] - self.radius[0])
            };
            for (step, ends) in trace.windows(2).enumerate() {
                let ends = [ends[0], ends[1]].map(|[x, y]| [x * scale + offset_x, y * scale + offset_y]);
                canvas.line(ends, [radius(step), radius(step + 1)]);
            }
        }
        canvas.blur(self.blur);
        for (pixel, &ink) in pixels.iter_mut().zip(canvas.ink.as_flattened()) {
            *pixel = byte(ink * self.darkness + self.noise * dice.normal());
        }
    }

    /// Maps a point of the unit square to pixels around an arbitrary origin.
    fn place(&self, point: Point) -> Point {
        let [u, v] = self.wobble.apply(point).map(|coordinate| coordinate - 0.5);
        self.affine.map(|[a, b]| a * u + b * v)
    }

    /// Returns the scale and the translation that put the digit's bounding box where the shift wants it and keep all
    /// ink inside the margin.
    fn frame(&self, traces: &[Vec<Point>]) -> [f32; 3] {
        let pen = self.radius[0].max(self.radius[1]) + Self::MARGIN;
        let free = SIDE as f32 - 2.0 * pen;
        let bounds = [0, 1].map(|axis| {
            let of_axis = traces.iter().flatten().map(|point| point[axis]);
            of_axis.fold((f32::INFINITY, f32::NEG_INFINITY), |(low, high), x| (low.min(x), high.max(x)))
        });
        let largest = (bounds[0].1 - bounds[0].0).max(bounds[1].1 - bounds[1].0);
        let scale = if largest > free { free / largest } else { 1.0 };
        let [offset_x, offset_y] = [0, 1].map(|axis| {
            let (low, high) = bounds[axis];
            // not below 0, which rounding could give for a digit scaled to fill the frame
            let room = (0.5 * (free - scale * (high - low))).max(0.0);
            0.5 * (SIDE as f32 - scale * (low + high)) + self.shift[axis].clamp(-room, room)
        });
        [scale, offset_x, offset_y]
    }
}

/// A continuous displacement of the plane: random at the nodes of a grid over the unit square and bilinear in between,
/// so that strokes that meet still meet.
#[derive(Debug)]
struct Wobble([[Point; Self::NODES]; Self::NODES]);

impl Wobble {
    const NODES: usize = 4;

    fn draw(strength: f32, dice: &mut Dice) -> Self {
        let mut nodes = [[[0.0; 2]; Self::NODES]; Self::NODES];
        for displacement in nodes.as_flattened_mut() {
            *displacement = [strength * dice.bell(), strength * dice.bell()];
        }
        Self(nodes)
    }

    #[expect(clippy::cast_sign_loss, reason = "the cell is clamped to the grid")]
    fn apply(&self, point: Point) -> Point {
        let last = (Self::NODES - 2) as f32;
        let [(column, s), (row, t)] = point.map(|coordinate| {
            let place = coordinate * (Self::NODES - 1) as f32;
            let cell = place.floor().clamp(0.0, last);
            let t = (place - cell).clamp(0.0, 1.0);
            (cell as usize, t)
        });
        let blend = |a: f32, b: f32, t: f32| a + t * (b - a);
        [0, 1].map(|axis| {
            let [upper, lower] =
                [row, row + 1].map(|row| blend(self.0[row][column][axis], self.0[row][column + 1][axis], s));
            point[axis] + blend(upper, lower, t)
        })
    }
}

/// Returns the cosine and sine of approximately the given angle (in radians, at most 1 in absolute value). The two lie
/// on the unit circle exactly. No function is used whose last bits differ between machines.
fn rotation(angle: f32) -> (f32, f32) {
    let t = 0.5 * angle;
    let norm = 1.0 + t * t;
    ((1.0 - t * t) / norm, 2.0 * t / norm)
}

#[expect(clippy::cast_sign_loss, reason = "clamped to 0 to 1")]
fn byte(ink: f32) -> u8 {
    (ink.clamp(0.0, 1.0) * 255.0 + 0.5) as u8
}

/// A source of random numbers that uses exactly rounded operations only, so that they are the same on every machine.
#[derive(Debug)]
pub(super) struct Dice(pub(super) Xoshiro256PlusPlus);

impl Dice {
    /// Draws an integer below `count`.
    pub(super) fn below(&mut self, count: u32) -> usize {
        ((u64::from(self.0.next_u32()) * u64::from(count)) >> 32) as usize
    }

    /// Draws a number uniformly from 0 to 1.
    fn unit(&mut self) -> f32 {
        (self.0.next_u32() >> 8) as f32 / (1 << 24) as f32
    }

    /// Draws a number between −1 and 1, small values more often: the mean of two uniform numbers.
    fn bell(&mut self) -> f32 {
        self.unit() + self.unit() - 1.0
    }

    /// Draws an approximately normal number with mean 0 and variance 1: a sum of four uniform 16-bit numbers, which has
    /// variance 4/12.
    fn normal(&mut self) -> f32 {
        let bits = self.0.next_u64();
        let sum: u64 = [0, 16, 32, 48].iter().map(|shift| (bits >> shift) & 0xffff).sum();
        (sum as f32 / 65535.0 - 2.0) * 1.732_050_8
    }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;

    use super::*;

    #[test]
    fn rotations_keep_lengths_and_are_about_the_angle() {
        for angle in [-0.4_f32, -0.1, 0.0, 0.25, 0.4] {
            let (cos, sin) = rotation(angle);
            assert!((cos * cos + sin * sin - 1.0).abs() < 1e-6);
            assert!((sin.atan2(cos) - angle).abs() < 0.01, "{angle}");
        }
    }

    #[test]
    fn wobble_moves_nodes_by_their_displacement_and_is_continuous() {
        let mut dice = Dice(Xoshiro256PlusPlus::seed_from_u64(1));
        let wobble = Wobble::draw(0.15, &mut dice);
        let [x, y] = wobble.apply([1.0 / 3.0, 1.0]);
        let [dx, dy] = wobble.0[3][1];
        assert!((x - 1.0 / 3.0 - dx).abs() < 1e-6 && (y - 1.0 - dy).abs() < 1e-6);
        for step in 0_u8..100 {
            let at = |step: f32| wobble.apply([step / 100.0, 0.9 - step / 120.0]);
            let [[x0, y0], [x1, y1]] = [at(f32::from(step)), at(f32::from(step) + 1.0)];
            assert!((x1 - x0).abs() < 0.03 && (y1 - y0).abs() < 0.03);
        }
    }

    #[test]
    fn dice_have_their_means_and_variances() {
        let mut dice = Dice(Xoshiro256PlusPlus::seed_from_u64(1));
        let mut moments = |mut draw: Box<dyn FnMut(&mut Dice) -> f32>| {
            let draws: Vec<f64> = (0..40_000).map(|_| f64::from(draw(&mut dice))).collect();
            let mean = draws.iter().sum::<f64>() / 40_000.0;
            (mean, draws.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / 40_000.0)
        };
        let cases = [
            ("unit", moments(Box::new(Dice::unit)), (0.5, 1.0 / 12.0)),
            ("bell", moments(Box::new(Dice::bell)), (0.0, 1.0 / 6.0)),
            ("normal", moments(Box::new(Dice::normal)), (0.0, 1.0)),
            ("below", moments(Box::new(|dice| dice.below(10) as f32)), (4.5, 8.25)),
        ];
        for (name, (mean, variance), (expected_mean, expected_variance)) in cases {
            let deviation = f64::sqrt(expected_variance);
            assert!((mean - expected_mean).abs() < 0.02 * deviation, "{name}: mean {mean}");
            assert!((variance / expected_variance - 1.0).abs() < 0.02, "{name}: variance {variance}");
        }
    }
}
