//! Draws line charts for the page.

use plotters::coord::ranged1d::{DefaultFormatting, KeyPointHint};
use plotters::coord::types::RangedCoordf64;
use plotters::prelude::*;

use crate::report::figures::number;

/// The width and height of a chart in its own units, which the page scales.
const SIZE: (u32, u32) = (560, 300);
/// Colors that are distinguishable with any kind of color vision (Okabe and Ito 2008), and gray.
///
/// The page's style gives each a second variant for dark mode.
const COLORS: [RGBColor; 8] = [
    RGBColor(0, 114, 178),
    RGBColor(213, 94, 0),
    RGBColor(0, 158, 115),
    RGBColor(204, 121, 167),
    RGBColor(230, 159, 0),
    RGBColor(86, 180, 233),
    RGBColor(148, 103, 189),
    RGBColor(127, 127, 127),
];
/// The color by which the style finds grid lines.
const GRID: RGBColor = RGBColor(200, 200, 200);
/// The largest number of points drawn for a line, about one for two units of width; for more, means are drawn.
const POINTS: usize = 256;
/// The largest number of points that are marked on a line.
const MARKED: usize = 24;

/// A line of a chart.
pub(crate) struct Line {
    pub(crate) name: String,
    pub(crate) points: Vec<(f64, f64)>,
}

/// The contents of a chart.
pub(crate) struct Chart {
    /// The caption.
    pub(crate) title: String,
    /// The contents in words, for those who cannot see the chart.
    pub(crate) text: String,
    /// The quantity on the horizontal axis.
    pub(crate) along: &'static str,
    /// True if the vertical axis is logarithmic.
    pub(crate) logarithmic: bool,
    pub(crate) lines: Vec<Line>,
}

type Failure = Box<dyn std::error::Error + Send + Sync>;

impl Chart {
    /// The largest number of distinguishable lines in a chart.
    pub(crate) const LINES: usize = COLORS.len();

    /// Drops what cannot be drawn, and returns `None` if nothing is left.
    pub(crate) fn drawable(mut self) -> Option<Self> {
        for line in &mut self.lines {
            let logarithmic = self.logarithmic;
            line.points.retain(|&(_, y)| y.is_finite() && (y > 0.0 || !logarithmic));
            if logarithmic {
                line.points.iter_mut().for_each(|(_, y)| *y = y.log10());
            }
            // a single one of many points would show its noise instead of the trend
            let together = line.points.len().div_ceil(POINTS).max(1);
            let mean = |points: &[(f64, f64)]| {
                (points[0].0, points.iter().map(|point| point.1).sum::<f64>() / points.len() as f64)
            };
            line.points = line.points.chunks(together).map(mean).collect();
        }
        self.lines.retain(|line| !line.points.is_empty());
        (!self.lines.is_empty()).then_some(self)
    }

    /// Returns the names of the lines with their colors.
    pub(crate) fn legend(&self) -> impl Iterator<Item = (&str, String)> {
        self.lines.iter().zip(COLORS).map(|(line, RGBColor(red, green, blue))| {
            (&*line.name, format!("#{red:02X}{green:02X}{blue:02X}"))
        })
    }

    /// Returns the chart as SVG.
    pub(crate) fn svg(&self) -> Result<String, Failure> {
        let mut svg = String::new();
        self.draw(&mut svg).map_err(|error| error.to_string())?;
        Ok(svg)
    }

    fn draw<'a>(
        &self,
        svg: &'a mut String,
    ) -> Result<(), DrawingAreaErrorKind<<SVGBackend<'a> as DrawingBackend>::ErrorType>> {
        let points = || self.lines.iter().flat_map(|line| &line.points);
        let (first, last) = range(points().map(|point| point.0));
        let (low, high) = range(points().map(|point| point.1));
        let (low, high) = if self.logarithmic {
            // a margin of a tenth, and at least a factor of two
            let middle = f64::midpoint(low, high);
            let reach = (0.55 * (high - low)).max(0.15);
            (middle - reach, middle + reach)
        } else {
            let top = 1.05 * high.max(0.0);
            (low.min(0.0), if top > 0.0 { top } else { 1.0 })
        };
        let last = if last > first { last } else { first + 1.0 };
        let area = SVGBackend::with_string(svg, SIZE).into_drawing_area();
        let mut chart = ChartBuilder::on(&area)
            .margin(8)
            .margin_right(16)
            .x_label_area_size(38)
            .y_label_area_size(58)
            .build_cartesian_2d(first..last, Axis { low, high, ticks: self.ticks(low, high) })?;
        let tick = |y: &f64| trimmed(number(if self.logarithmic { 10_f64.powf(*y) } else { *y }));
        chart
            .configure_mesh()
            .disable_x_mesh()
            .x_desc(self.along)
            .bold_line_style(GRID)
            .light_line_style(TRANSPARENT)
            .axis_desc_style(("sans-serif", 16))
            .label_style(("sans-serif", 15))
            .x_labels(if last - first < 8.0 { (last - first) as usize + 1 } else { 7 })
            .x_label_formatter(&|x| crate::networks::thousands(x.round().max(0.0) as usize))
            .y_label_formatter(&tick)
            .draw()?;
        for (line, color) in self.lines.iter().zip(COLORS) {
            let marks = if line.points.len() <= MARKED { 3 } else { 0 };
            let style = ShapeStyle { color: color.to_rgba(), filled: true, stroke_width: 2 };
            chart.draw_series(LineSeries::new(line.points.iter().copied(), style).point_size(marks))?;
        }
        area.present()
    }

    /// Returns the positions of the labels on the vertical axis, about six.
    ///
    /// They are multiples of 1, 2 or 5 times a power of ten. On a logarithmic axis they are those numbers themselves,
    /// or powers of ten alone where there are many.
    fn ticks(&self, low: f64, high: f64) -> Vec<f64> {
        if !self.logarithmic {
            let raw = (high - low) / 6.0;
            let power = 10_f64.powf(raw.log10().floor());
            let step = [1.0, 2.0, 5.0].map(|n| n * power).into_iter().find(|&step| step >= raw);
            let step = step.unwrap_or(10.0 * power);
            return ((low / step).ceil() as i64..=(high / step).floor() as i64)
                .map(|n| n as f64 * step)
                .collect();
        }
        let powers = low.floor() as i32..=high.ceil() as i32;
        let digits: &[f64] = match high - low {
            ..2.5 => &[1.0, 2.0, 5.0],
            _ => &[1.0],
        };
        let every = ((high - low) / 8.0).ceil().max(1.0) as usize;
        let ticks =
            powers.step_by(every).flat_map(|power| digits.iter().map(move |n| f64::from(power) + n.log10()));
        ticks.filter(|tick| (low..=high).contains(tick)).collect()
    }
}

/// The largest number of points in a scatter plot, spread over all.
const SCATTERED: usize = 1000;
/// The number of bars of a histogram.
const BARS: usize = 25;

/// Returns predictions against targets as SVG: a point for each pair of a target and a prediction, and the line on which
/// both are equal.
pub(crate) fn scatter(pairs: &[[f64; 2]]) -> Result<String, Failure> {
    let finite = |pair: &&[f64; 2]| pair.iter().all(|number| number.is_finite());
    let every = pairs.len().div_ceil(SCATTERED).max(1);
    let points: Vec<(f64, f64)> = pairs
        .iter()
        .step_by(every)
        .filter(finite)
        .map(|&[target, prediction]| (target, prediction))
        .collect();
    let (low, high) = range(points.iter().flat_map(|&(target, prediction)| [target, prediction]));
    let (low, high) = padded(low, high);
    let line = LineSeries::new([(low, low), (high, high)], COLORS[1].stroke_width(2));
    let mut svg = String::new();
    plain(&mut svg, [low, high], [low, high], ["true", "predicted"], |chart| {
        chart.draw_series(points.into_iter().map(|point| Circle::new(point, 3, COLORS[0].filled())))?;
        chart.draw_series(line)?;
        Ok(())
    })
    .map_err(|error| error.to_string())?;
    Ok(svg)
}

/// Returns a histogram as SVG.
pub(crate) fn histogram(numbers: &[f64]) -> Result<String, Failure> {
    let finite = || numbers.iter().copied().filter(|number| number.is_finite());
    let (low, high) = range(finite());
    let (low, high) = padded(low, high);
    let width = (high - low) / BARS as f64;
    let mut counts = [0_u32; BARS];
    for number in finite() {
        counts[(((number - low) / width) as usize).min(BARS - 1)] += 1;
    }
    let top = 1.05 * f64::from(counts.into_iter().max().unwrap_or(0).max(1));
    let mut svg = String::new();
    plain(&mut svg, [low, high], [0.0, top], ["residual", "examples"], |chart| {
        let bar = |(bar, count): (usize, u32)| {
            let left = low + bar as f64 * width;
            Rectangle::new([(left, 0.0), (left + 0.9 * width, f64::from(count))], COLORS[0].filled())
        };
        chart.draw_series(counts.into_iter().enumerate().filter(|(_, count)| *count > 0).map(bar))?;
        Ok(())
    })
    .map_err(|error| error.to_string())?;
    Ok(svg)
}

/// Returns a range with a margin, and one of some width for no or equal numbers.
fn padded(low: f64, high: f64) -> (f64, f64) {
    if low > high {
        return (0.0, 1.0);
    }
    let margin = (0.04 * (high - low)).max(1e-6 * low.abs().max(high.abs()).max(1.0));
    (low - margin, high + margin)
}

type Plane<'a, 'b> = ChartContext<'a, SVGBackend<'b>, Cartesian2d<RangedCoordf64, RangedCoordf64>>;
type Drawing<'a> = Result<(), DrawingAreaErrorKind<<SVGBackend<'a> as DrawingBackend>::ErrorType>>;

/// Draws on a plane with linear axes.
fn plain<'b>(
    svg: &'b mut String,
    [left, right]: [f64; 2],
    [low, high]: [f64; 2],
    [along, up]: [&str; 2],
    draw: impl FnOnce(&mut Plane<'_, 'b>) -> Drawing<'b>,
) -> Drawing<'b> {
    let area = SVGBackend::with_string(svg, SIZE).into_drawing_area();
    let mut chart = ChartBuilder::on(&area)
        .margin(8)
        .margin_right(16)
        .x_label_area_size(38)
        .y_label_area_size(62)
        .build_cartesian_2d(left..right, low..high)?;
    let tick = |x: &f64| trimmed(number(*x));
    chart
        .configure_mesh()
        .x_desc(along)
        .y_desc(up)
        .bold_line_style(GRID)
        .light_line_style(TRANSPARENT)
        .axis_desc_style(("sans-serif", 16))
        .label_style(("sans-serif", 15))
        .x_labels(6)
        .y_labels(6)
        .x_label_formatter(&tick)
        .y_label_formatter(&tick)
        .draw()?;
    draw(&mut chart)?;
    area.present()
}

/// A vertical axis with labels at chosen positions.
struct Axis {
    low: f64,
    high: f64,
    ticks: Vec<f64>,
}

impl Ranged for Axis {
    type FormatOption = DefaultFormatting;
    type ValueType = f64;

    fn map(&self, value: &f64, (begin, end): (i32, i32)) -> i32 {
        let share = (value - self.low) / (self.high - self.low);
        begin + (f64::from(end - begin) * share).round() as i32
    }
    fn key_points<Hint: KeyPointHint>(&self, _: Hint) -> Vec<f64> {
        self.ticks.clone()
    }
    fn range(&self) -> std::ops::Range<f64> {
        self.low..self.high
    }
}

/// Returns the smallest and the largest number.
fn range(numbers: impl Iterator<Item = f64>) -> (f64, f64) {
    numbers.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), x| (low.min(x), high.max(x)))
}

/// Removes trailing zeros after the decimal point.
fn trimmed(number: String) -> String {
    if number.contains('.') && !number.contains('e') {
        number.trim_end_matches('0').trim_end_matches('.').to_owned()
    } else {
        number
    }
}
