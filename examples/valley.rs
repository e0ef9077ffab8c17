//! The paths of optimisers through a long valley, f(x, y) = (εx² + y²)/2: a table of the steps that each takes, and a
//! picture of the paths.
//!
//! ```text
//! cargo run --example valley               (writes docs/valley.svg)
//! ```

use std::error::Error;

use plotters::prelude::*;
use plywood::layers::Dense;
use plywood::optim::{Adagrad, Momentum, Optimizer, Penalty, RmsProp, Sgd, State, Step};

/// ε: how much flatter the valley is along than across. The gradient's two directions want steps of 1/ε and of 1.
const EPSILON: f64 = 0.01;
const START: Point = [10.0, 1.0];
/// From this distance to the lowest point on, an optimiser has arrived.
const NEAR: f64 = 1e-3;
/// More steps than that are not taken.
const MOST: usize = 100_000;

type Point = [f64; 2];

fn gradient([x, y]: Point) -> Point {
    [EPSILON * x, y]
}

/// The points from the start until it has arrived.
fn path(optimizer: &impl Optimizer, learning_rate: f64) -> plywood::Result<Vec<Point>> {
    optimizer.check::<f64>()?;
    // an optimiser moves the parameters of any network: here two, a weight and a bias
    let penalty = Penalty::of::<Dense<1, 1>>(0.0)?;
    let mut state = State::<f64>::new(2);
    let mut path = vec![START];
    let mut place = START;
    while f64::hypot(place[0], place[1]) > NEAR && path.len() <= MOST {
        let gradient = &gradient(place);
        optimizer.step(&mut state, Step { params: &mut place, gradient, learning_rate, penalty: &penalty });
        path.push(place);
    }
    Ok(path)
}

struct Walk {
    name: &'static str,
    learning_rate: f64,
    path: Vec<Point>,
}

impl Walk {
    /// The walk at the learning rate, of four to each factor of ten, with which it is shortest.
    fn shortest(name: &'static str, optimizer: &impl Optimizer) -> plywood::Result<Self> {
        let mut best: Option<Self> = None;
        for exponent in -16..=8 {
            let learning_rate = 10.0_f64.powf(f64::from(exponent) / 4.0);
            let walk = Self { name, learning_rate, path: path(optimizer, learning_rate)? };
            if best.as_ref().is_none_or(|best| walk.path.len() < best.path.len()) {
                best = Some(walk);
            }
        }
        Ok(best.unwrap_or(Self { name, learning_rate: 0.0, path: Vec::new() }))
    }

    /// How many steps it took, if it has arrived.
    fn steps(&self) -> Option<usize> {
        (self.path.len() <= MOST).then(|| self.path.len() - 1)
    }
}

fn walks() -> plywood::Result<[Walk; 4]> {
    Ok([
        Walk::shortest("gradient descent", &Sgd)?,
        Walk::shortest("momentum, μ = 0.9", &Momentum::default())?,
        Walk::shortest("Adagrad, α = 10⁻⁶", &Adagrad::default())?,
        Walk::shortest("RMSprop, Δ = 0.9", &RmsProp::default())?,
    ])
}

/// Four colours that are told apart with any kind of colour vision (Okabe and Ito 2008).
const COLOURS: [RGBColor; 4] =
    [RGBColor(0, 114, 178), RGBColor(213, 94, 0), RGBColor(0, 158, 115), RGBColor(204, 121, 167)];

fn draw(walks: &[Walk]) -> Result<(), Box<dyn Error>> {
    let root = SVGBackend::new("docs/valley.svg", (1120, 560)).into_drawing_area();
    root.fill(&WHITE)?;
    for ((area, walk), colour) in root.split_evenly((2, 2)).iter().zip(walks).zip(COLOURS) {
        let steps =
            walk.steps().map_or_else(|| "does not arrive".to_owned(), |steps| format!("{steps} steps"));
        let mut chart = ChartBuilder::on(area)
            .margin(8)
            .margin_right(20)
            .caption(format!("{}: {steps}", walk.name), ("sans-serif", 19))
            .x_label_area_size(30)
            .y_label_area_size(46)
            .build_cartesian_2d(-3.0..10.5, -1.3..1.3)?;
        chart
            .configure_mesh()
            .disable_mesh()
            .label_style(("sans-serif", 14))
            .x_label_formatter(&|x| format!("{x:.0}"))
            .y_labels(5)
            .draw()?;
        for level in [0.005, 0.02, 0.05, 0.1, 0.2, 0.35, 0.5, 0.75] {
            chart.draw_series(LineSeries::new(contour(level), BLACK.mix(0.25)))?;
        }
        chart.draw_series(LineSeries::new(points(walk), colour.stroke_width(2)).point_size(2))?;
    }
    root.present()?;
    Ok(())
}

/// Where f has a value: an ellipse.
fn contour(level: f64) -> impl Iterator<Item = (f64, f64)> {
    let [a, b] = [(2.0 * level / EPSILON).sqrt(), (2.0 * level).sqrt()];
    (0..=200).map(move |i| {
        let angle = std::f64::consts::TAU * f64::from(i) / 200.0;
        (a * angle.cos(), b * angle.sin())
    })
}

fn points(walk: &Walk) -> impl Iterator<Item = (f64, f64)> {
    walk.path.iter().map(|&[x, y]| (x, y))
}

fn main() -> Result<(), Box<dyn Error>> {
    let walks = walks()?;
    println!("f(x, y) = (εx² + y²)/2 with ε = {EPSILON}, from {START:?} to within {NEAR} of (0, 0)\n");
    println!("| optimiser | best learning rate | steps |\n|---|---|---|");
    for walk in &walks {
        let steps = walk.steps().map_or_else(|| format!("more than {MOST}"), |steps| steps.to_string());
        println!("| {} | {:.3} | {steps} |", walk.name, walk.learning_rate);
    }
    draw(&walks)?;
    println!("\ndocs/valley.svg");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gradient_descent_takes_the_steps_that_its_formula_says() {
        // x shrinks by 1 − ηε and y by 1 − η
        let path = path(&Sgd, 0.5).expect("good settings");
        let expected = (0..).position(|n| f64::hypot(10.0 * 0.995_f64.powi(n), 0.5_f64.powi(n)) <= NEAR);
        assert_eq!(Some(path.len() - 1), expected);
    }

    #[test]
    fn all_arrive_and_momentum_is_faster_than_gradient_descent() {
        let steps = walks().expect("good settings").map(|walk| walk.steps().expect("it arrives"));
        assert!(steps[1] * 3 < steps[0], "{steps:?}");
    }
}
