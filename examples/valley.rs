//! Draws the paths of optimizers through a long valley, f(x, y) = (εx² + y²)/2, and prints a table of the steps that
//! each takes.
//!
//! ```text
//! cargo run --example valley               (writes docs/valley.svg)
//! ```

#[macro_use]
mod say;

use std::error::Error;

use plotters::prelude::*;
use plywood::layers::Dense;
use plywood::optim::{Adagrad, Groups, Momentum, Optimizer, RmsProp, Sgd, State, Step};

/// The ratio ε of the curvatures along and across the valley. The gradient's two directions need steps of 1/ε and of 1.
const EPSILON: f64 = 0.01;
/// The distance to the lowest point at which an optimizer has arrived.
const NEAR: f64 = 1e-3;
/// The largest number of steps.
const MOST: usize = 10_000;

/// The extent of the valley.
///
/// At ten times this size, Adagrad and `RMSprop` could measure both curvatures from afar and then jump into the middle,
/// which works only because the function has no end.
const REACH: Point = [11.0, 2.0];

type Point = [f64; 2];

fn gradient([x, y]: Point) -> Point {
    [EPSILON * x, y]
}

/// Returns the starting points, of which the path from the first is drawn.
///
/// They lie around the valley, so that no learning rate is best because of one lucky start.
fn starts() -> [Point; 8] {
    std::array::from_fn(|i| {
        let angle = 0.2 + 0.7 * i as f64;
        [10.0 * angle.cos(), angle.sin()]
    })
}

/// Returns the points from a start to arrival, or `None` if the path does not arrive or leaves the valley.
fn path(optimizer: &impl Optimizer, learning_rate: f64, start: Point) -> plywood::Result<Option<Vec<Point>>> {
    optimizer.check::<f64>()?;
    // an optimizer moves the parameters of any network: here two, a weight and a bias
    let groups = Groups::of::<Dense<1, 1>>(0.0)?;
    let mut state = State::<f64>::new(2);
    let mut path = vec![start];
    let mut place = start;
    while path.len() <= MOST && place[0].abs() <= REACH[0] && place[1].abs() <= REACH[1] {
        if f64::hypot(place[0], place[1]) <= NEAR {
            return Ok(Some(path));
        }
        let gradient = &gradient(place);
        optimizer.step(&mut state, Step::new(&mut place, gradient, learning_rate, &groups));
        path.push(place);
    }
    Ok(None)
}

struct Walk {
    name: &'static str,
    learning_rate: f64,
    /// The path from the first start.
    path: Vec<Point>,
    /// The number of steps from the slowest start.
    most: usize,
}

impl Walk {
    /// Returns the walk at the best learning rate, of eight in each factor of ten: that with the fewest steps from the
    /// slowest start.
    fn shortest(name: &'static str, optimizer: &impl Optimizer) -> plywood::Result<Option<Self>> {
        let mut best: Option<Self> = None;
        for exponent in -32..=16 {
            let learning_rate = 10.0_f64.powf(f64::from(exponent) / 8.0);
            let paths = starts().map(|start| path(optimizer, learning_rate, start));
            let paths = paths.into_iter().collect::<plywood::Result<Option<Vec<_>>>>()?;
            let Some(paths) = paths else { continue };
            let most = paths.iter().map(|path| path.len() - 1).fold(0, usize::max);
            if best.as_ref().is_none_or(|best| most < best.most) {
                let path = paths.into_iter().next().unwrap_or_default();
                best = Some(Self { name, learning_rate, path, most });
            }
        }
        Ok(best)
    }

    fn steps(&self) -> usize {
        self.path.len() - 1
    }
}

/// Returns the walks that arrive.
fn walks() -> plywood::Result<Vec<Walk>> {
    let walks = [
        Walk::shortest("gradient descent", &Sgd)?,
        Walk::shortest("momentum, μ = 0.9", &Momentum::default())?,
        Walk::shortest("Adagrad, α = 10⁻⁶", &Adagrad::default())?,
        Walk::shortest("RMSprop, Δ = 0.9", &RmsProp::default())?,
    ];
    Ok(walks.into_iter().flatten().collect())
}

/// Four colors that are distinguishable with any kind of color vision (Okabe and Ito 2008).
const COLORS: [RGBColor; 4] =
    [RGBColor(0, 114, 178), RGBColor(213, 94, 0), RGBColor(0, 158, 115), RGBColor(204, 121, 167)];

fn draw(walks: &[Walk]) -> Result<(), Box<dyn Error>> {
    let root = SVGBackend::new("docs/valley.svg", (1120, 560)).into_drawing_area();
    root.fill(&WHITE)?;
    for ((area, walk), color) in root.split_evenly((2, 2)).iter().zip(walks).zip(COLORS) {
        let title = format!("{}, η = {:.3}: {} steps", walk.name, walk.learning_rate, walk.steps());
        let mut chart = ChartBuilder::on(area)
            .margin(8)
            .margin_right(20)
            .caption(title, ("sans-serif", 19))
            .x_label_area_size(30)
            .y_label_area_size(46)
            .build_cartesian_2d(-4.0..11.0, -1.0..1.0)?;
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
        chart.draw_series(LineSeries::new(points(walk), color.stroke_width(2)).point_size(2))?;
    }
    root.present()?;
    Ok(())
}

/// Returns the points where f has the value `level`: an ellipse.
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
    say!("f(x, y) = (εx² + y²)/2 with ε = {EPSILON}, to within {NEAR} of (0, 0)\n");
    say!(
        "| optimizer | best learning rate | steps of the drawn walk | most steps of {} walks |",
        starts().len()
    );
    say!("|---|---|---|---|");
    for walk in &walks {
        say!("| {} | {:.3} | {} | {} |", walk.name, walk.learning_rate, walk.steps(), walk.most);
    }
    draw(&walks)?;
    say!("\ndocs/valley.svg");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gradient_descent_takes_the_steps_that_its_formula_says() {
        // x shrinks by 1 − ηε and y by 1 − η
        let path = path(&Sgd, 0.5, [10.0, 1.0]).expect("good settings").expect("it arrives");
        let expected =
            (0..10_000).position(|n| f64::hypot(10.0 * 0.995_f64.powi(n), 0.5_f64.powi(n)) <= NEAR);
        assert_eq!(Some(path.len() - 1), expected);
    }

    #[test]
    fn a_walk_that_leaves_the_valley_does_not_arrive() {
        assert!(path(&Sgd, 3.0, [10.0, 1.0]).expect("good settings").is_none());
    }

    #[test]
    fn all_arrive_and_momentum_is_faster_than_gradient_descent() {
        let walks = walks().expect("good settings");
        let most: Vec<_> = walks.iter().map(|walk| walk.most).collect();
        assert!(most.len() == 4 && most[1] * 3 < most[0], "{most:?}");
    }
}
