//! Draws loss and error curves.

use std::path::Path;

use plotters::coord::Shift;
use plotters::prelude::*;

use crate::core::Layer;
use crate::error::{Error, Result};
use crate::eval::Measure;
use crate::file::{Durable, Place, replace};
use crate::loss::{ErrorMeasure, title};
use crate::train::watch::{Callback, Control, EpochEnd, Start};
use crate::train::{Epoch, History, RangeCurve};
use plywood_kernel::Scalar;

/// The width and height of the picture in pixels.
const SIZE: (u32, u32) = (1120, 460);
/// Blue and vermilion from a palette that is distinguishable with any kind of color vision (Okabe and Ito 2008).
const COLORS: [RGBColor; 2] = [RGBColor(0, 114, 178), RGBColor(213, 94, 0)];

impl History {
    /// Draws loss and error over the epochs, training against validation, and each of the run's metrics, into an SVG
    /// file.
    ///
    /// # Errors
    /// Returns [`Error::Io`] if the file cannot be written.
    pub fn draw(&self, path: impl AsRef<Path>) -> Result<()> {
        draw(&self.epochs, path.as_ref())
    }
}

impl RangeCurve {
    /// Draws the loss over the learning rate, with the suggestion, into an SVG file.
    ///
    /// # Errors
    /// Returns [`Error::Io`] if the file cannot be written.
    pub fn draw(&self, path: impl AsRef<Path>) -> Result<()> {
        write(path.as_ref(), |svg| range(self, svg))
    }
}

/// Draws the curves anew after each epoch.
pub(crate) struct CurvesFile<'a>(pub(crate) &'a Path);

impl<N: Layer, T: Scalar> Callback<N, T> for CurvesFile<'_> {
    fn on_start(&mut self, _: &Start<'_, N, T>) -> Result<()> {
        Place::at(self.0)?.try_out()
    }

    fn on_epoch(&mut self, epoch: &EpochEnd<'_, N, T>) -> Result<Control> {
        draw(epoch.history, self.0)?;
        Ok(Control::Continue)
    }
}

fn draw(history: &[Epoch], path: &Path) -> Result<()> {
    write(path, |svg| panels(history, svg))
}

fn write(path: &Path, draw: impl FnOnce(&mut String) -> Drawn<'_>) -> Result<()> {
    let io = |source| Error::Io { path: path.to_owned(), action: "write", source };
    let mut svg = String::new();
    draw(&mut svg).map_err(|error| io(std::io::Error::other(error.to_string())))?;
    replace(path, svg.as_bytes(), Durable::No)
}

type Drawn<'a> = Result<(), DrawingAreaErrorKind<<SVGBackend<'a> as DrawingBackend>::ErrorType>>;

fn panels<'a>(history: &[Epoch], svg: &'a mut String) -> Drawn<'a> {
    let metrics = history.last().map_or(&[][..], |epoch| &epoch.metrics);
    // two panels side by side, and those of the metrics below
    let rows = 1 + metrics.len().div_ceil(2);
    let root = SVGBackend::with_string(svg, (SIZE.0, SIZE.1 * rows as u32)).into_drawing_area();
    root.fill(&WHITE)?;
    let areas = root.split_evenly((rows, 2));
    measured(history, &areas[0], "Loss", |measure| Some(measure.loss))?;
    let error = history.last().map_or(ErrorMeasure::MISCLASSIFIED, |epoch| epoch.train.error_measure());
    measured(history, &areas[1], &error.title(), Measure::drawn_error)?;
    for (metric, area) in metrics.iter().zip(&areas[2..]) {
        let scale = if metric.is_share { 100.0 } else { 1.0 };
        let points =
            history.iter().filter_map(|epoch| Some((epoch.number, scale * epoch.metric(&metric.name)?)));
        let points = points.filter(|(_, value)| value.is_finite()).collect();
        // in the color that validation has above
        let curves = [("training", Vec::new()), ("validation", points)];
        panel(history.len(), area, &title(&metric.name, metric.is_share), curves)?;
    }
    root.present()
}

/// Draws a measure of the training and the validation data.
fn measured<'a>(
    history: &[Epoch],
    area: &DrawingArea<SVGBackend<'a>, Shift>,
    title: &str,
    value: impl Fn(&Measure) -> Option<f64>,
) -> Drawn<'a> {
    let curve = |of: fn(&Epoch) -> Option<Measure>| -> Vec<(usize, f64)> {
        let points = history.iter().filter_map(|epoch| Some((epoch.number, value(&of(epoch)?)?)));
        points.filter(|(_, value)| value.is_finite()).collect()
    };
    let curves =
        [("training", curve(|epoch| Some(epoch.train))), ("validation", curve(|epoch| epoch.validation))];
    panel(history.len(), area, title, curves)
}

/// Draws curves over a number of epochs, each with its name.
fn panel<'a>(
    epochs: usize,
    area: &DrawingArea<SVGBackend<'a>, Shift>,
    title: &str,
    curves: [(&'static str, Vec<(usize, f64)>); 2],
) -> Drawn<'a> {
    let values = || curves.iter().flat_map(|(_, points)| points).map(|point| point.1);
    let (low, high) = (values().fold(0.0, f64::min), values().fold(0.0, f64::max));
    let (bottom, top) = (1.05 * low, if high > 0.0 { 1.05 * high } else { 1.0 });
    let last = epochs.max(2);

    let mut chart = ChartBuilder::on(area)
        .margin(16)
        .caption(title, ("sans-serif", 22))
        .x_label_area_size(44)
        .y_label_area_size(64)
        .build_cartesian_2d(1..last, bottom..top)?;
    chart
        .configure_mesh()
        .x_desc("epoch")
        .y_desc(title)
        .axis_desc_style(("sans-serif", 17))
        .label_style(("sans-serif", 15))
        .x_labels(last.min(11))
        .y_labels(6)
        .light_line_style(TRANSPARENT)
        .draw()?;
    for ((name, points), color) in curves.into_iter().zip(COLORS) {
        if points.is_empty() {
            continue;
        }
        let line = LineSeries::new(points, color.stroke_width(2)).point_size(3);
        chart
            .draw_series(line)?
            .label(name)
            .legend(move |(x, y)| PathElement::new([(x, y), (x + 24, y)], color.stroke_width(2)));
    }
    chart
        .configure_series_labels()
        .position(SeriesLabelPosition::UpperRight)
        .legend_area_size(30)
        .label_font(("sans-serif", 16))
        .background_style(WHITE)
        .border_style(BLACK.mix(0.3))
        .draw()
}

fn range<'a>(curve: &RangeCurve, svg: &'a mut String) -> Drawn<'a> {
    let root = SVGBackend::with_string(svg, (SIZE.0 / 2, SIZE.1)).into_drawing_area();
    root.fill(&WHITE)?;
    let [first, .., last] = curve.rates[..] else { return root.present() };
    let of = |pick: fn(f64, f64) -> f64, start| curve.losses.iter().copied().fold(start, pick);
    let (smallest, largest) = (of(f64::min, f64::INFINITY), of(f64::max, f64::NEG_INFINITY));
    // losses far above this are drawn only as "too large"
    let top = largest.min(2.5 * curve.losses[0]).max(1.05 * smallest);
    let mut chart = ChartBuilder::on(&root)
        .margin(16)
        .caption("Learning-rate range test", ("sans-serif", 22))
        .x_label_area_size(44)
        .y_label_area_size(64)
        .build_cartesian_2d((first..last).log_scale(), 0.95 * smallest.min(top)..top)?;
    chart
        .configure_mesh()
        .x_desc("learning rate")
        .y_desc("loss, smoothed")
        .axis_desc_style(("sans-serif", 17))
        .label_style(("sans-serif", 15))
        .x_label_formatter(&|rate| format!("{rate:.0e}"))
        .y_labels(6)
        .light_line_style(TRANSPARENT)
        .draw()?;
    let points = curve.rates.iter().copied().zip(curve.losses.iter().map(|&loss| loss.min(top)));
    chart.draw_series(LineSeries::new(points, COLORS[0].stroke_width(2)))?;
    if let Some(rate) = curve.suggestion() {
        let line = [(rate, 0.95 * smallest), (rate, top)];
        chart
            .draw_series(LineSeries::new(line, COLORS[1].stroke_width(2)))?
            .label(format!("suggested: {rate:.1e}"))
            .legend(|(x, y)| PathElement::new([(x, y), (x + 24, y)], COLORS[1].stroke_width(2)));
        chart
            .configure_series_labels()
            .position(SeriesLabelPosition::UpperLeft)
            .legend_area_size(30)
            .label_font(("sans-serif", 16))
            .background_style(WHITE)
            .border_style(BLACK.mix(0.3))
            .draw()?;
    }
    root.present()
}
