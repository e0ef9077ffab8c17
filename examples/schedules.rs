//! Draws the learning rate of each schedule, for the documentation.
//!
//! ```text
//! cargo run --example schedules            (writes docs/schedules.svg)
//! ```

#[macro_use]
mod say;

use std::error::Error;

use plotters::prelude::*;
use plywood::optim::{Schedule, Time};

const EPOCHS: usize = 30;
const STEPS_PER_EPOCH: usize = 20;
const STEPS: usize = EPOCHS * STEPS_PER_EPOCH;

/// Blue from a palette that is distinguishable with any kind of color vision (Okabe and Ito 2008).
const BLUE_LINE: RGBColor = RGBColor(0, 114, 178);

fn schedules() -> [(&'static str, Schedule); 8] {
    [
        ("Constant(0.1)", Schedule::Constant(0.1)),
        ("InverseTime { a: 10, b: 2 }", Schedule::InverseTime { a: 10.0, b: 2.0 }),
        ("Step { 0.1, every: 10, factor: 0.4 }", Schedule::Step { rate: 0.1, every: 10, factor: 0.4 }),
        ("Exponential { 0.1, factor: 0.9 }", Schedule::Exponential { rate: 0.1, factor: 0.9 }),
        ("cosine(0.1)", Schedule::cosine(0.1)),
        ("one_cycle(0.1)", Schedule::one_cycle(0.1)),
        ("cosine(0.1).warm_up(100)", Schedule::cosine(0.1).warm_up(100)),
        ("Step { .. }.warm_up(100)", Schedule::Step { rate: 0.1, every: 10, factor: 0.4 }.warm_up(100)),
    ]
}

fn main() -> Result<(), Box<dyn Error>> {
    let root = SVGBackend::new("docs/schedules.svg", (1120, 500)).into_drawing_area();
    root.fill(&WHITE)?;
    for (area, (name, schedule)) in root.split_evenly((2, 4)).iter().zip(schedules()) {
        schedule.check::<f32>()?;
        let mut chart = ChartBuilder::on(area)
            .margin(8)
            .margin_right(20)
            .caption(name, ("sans-serif", 18))
            .x_label_area_size(36)
            .y_label_area_size(48)
            .build_cartesian_2d(0.0..EPOCHS as f64, 0.0..0.105)?;
        chart
            .configure_mesh()
            .x_desc("epoch")
            .axis_desc_style(("sans-serif", 15))
            .label_style(("sans-serif", 14))
            .x_labels(4)
            .x_label_formatter(&|epoch| format!("{epoch:.0}"))
            .y_labels(6)
            .light_line_style(TRANSPARENT)
            .draw()?;
        let point = |step| {
            let time = Time { step, steps_per_epoch: STEPS_PER_EPOCH, steps: STEPS };
            (step as f64 / STEPS_PER_EPOCH as f64, schedule.rate(time))
        };
        chart.draw_series(LineSeries::new((0..STEPS).map(point), BLUE_LINE.stroke_width(2)))?;
    }
    root.present()?;
    say!("docs/schedules.svg");
    Ok(())
}
