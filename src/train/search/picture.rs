//! Draws the result of a search: error against the setting.

use std::path::Path;

use plotters::prelude::*;

use crate::error::{Error, Result};
use crate::eval::Measure;
use crate::file::{Durable, replace};
use crate::loss::ErrorMeasure;
use crate::train::search::{Found, Trial};

const SIZE: (u32, u32) = (720, 440);
/// Blue and vermilion from a palette that is distinguishable with any kind of color vision (Okabe and Ito 2008).
const COLORS: [RGBColor; 2] = [RGBColor(0, 114, 178), RGBColor(213, 94, 0)];

impl<P> Found<P> {
    /// Draws the error against a number of the setting on a logarithmic axis, into an SVG file.
    ///
    /// If there are no errors, or if [the loss decides](ErrorMeasure::decides), it draws the loss. `name` is the label
    /// of the axis. Numbers that are not above 0 have no place on a logarithmic axis and are drawn at its left end, a
    /// factor of ten before the smallest. Infinite numbers and NaN are left out.
    ///
    /// # Errors
    /// Returns [`Error::Io`] if the file cannot be written.
    pub fn draw(&self, path: impl AsRef<Path>, name: &str, number: impl Fn(&P) -> f64) -> Result<()> {
        let path = path.as_ref();
        let io = |source| Error::Io { path: path.to_owned(), action: "write", source };
        let numbers = self.trials.iter().map(|trial| number(&trial.setting));
        let smallest = numbers.filter(|&x| x > 0.0 && x.is_finite());
        let left = smallest.fold(f64::INFINITY, f64::min) / 10.0;
        let place = |setting: &P| if number(setting) > 0.0 { number(setting) } else { left };
        let errors =
            self.trials.iter().filter_map(Trial::validation).filter(|m| m.deciding_error().is_some());
        let error = errors.map(|measure| measure.error_measure()).next();
        let drawn = |measure: Measure| match error {
            Some(_) => measure.drawn_error().unwrap_or(f64::NAN),
            None => measure.loss,
        };
        let curve = |which: usize| {
            let points = self.trials.iter().filter(|trial| number(&trial.setting).is_finite());
            let point = |trial: &Trial<P>| Some((place(&trial.setting), drawn(trial.measures?[which])));
            let mut points: Vec<_> = points.filter_map(point).collect();
            points.sort_by(|a, b| a.0.total_cmp(&b.0));
            points
        };
        let what = match error {
            Some(ErrorMeasure { name, is_share: true, .. }) => format!("{name} in %"),
            Some(ErrorMeasure { name, .. }) => name.to_owned(),
            None => "loss".to_owned(),
        };
        let mut svg = String::new();
        panel([curve(0), curve(1)], [name, &what], &mut svg)
            .map_err(|error| io(std::io::Error::other(error.to_string())))?;
        replace(path, svg.as_bytes(), Durable::No)
    }
}

type Drawn<'a> = Result<(), DrawingAreaErrorKind<<SVGBackend<'a> as DrawingBackend>::ErrorType>>;

fn panel<'a>(curves: [Vec<(f64, f64)>; 2], [name, what]: [&str; 2], svg: &'a mut String) -> Drawn<'a> {
    let root = SVGBackend::with_string(svg, SIZE).into_drawing_area();
    root.fill(&WHITE)?;
    let points = || curves.iter().flatten();
    let low = points().map(|point| point.0).fold(f64::INFINITY, f64::min);
    let high = points().map(|point| point.0).fold(0.0, f64::max);
    // a single setting has no range
    let range = if 0.0 < low && low < high && high.is_finite() { low..high } else { 0.1..1.0 };
    let top = points().map(|point| point.1).fold(0.0, f64::max);
    let top = if top > 0.0 { 1.05 * top } else { 1.0 };
    let mut chart = ChartBuilder::on(&root)
        .margin(16)
        .x_label_area_size(44)
        .y_label_area_size(56)
        .build_cartesian_2d(range.log_scale(), 0.0..top)?;
    chart
        .configure_mesh()
        .x_desc(name)
        .y_desc(what)
        .axis_desc_style(("sans-serif", 17))
        .label_style(("sans-serif", 15))
        .x_label_formatter(&|x| format!("{x:.0e}"))
        .light_line_style(TRANSPARENT)
        .draw()?;
    for ((name, points), color) in ["training", "validation"].into_iter().zip(curves).zip(COLORS) {
        chart
            .draw_series(LineSeries::new(points, color.stroke_width(2)).point_size(3))?
            .label(name)
            .legend(move |(x, y)| PathElement::new([(x, y), (x + 24, y)], color.stroke_width(2)));
    }
    chart
        .configure_series_labels()
        .position(SeriesLabelPosition::UpperLeft)
        .legend_area_size(30)
        .label_font(("sans-serif", 16))
        .background_style(WHITE)
        .border_style(BLACK.mix(0.3))
        .draw()?;
    root.present()
}
