//! Writes the page: one HTML file that contains everything.

use std::fmt::Write;

use crate::eval::{Better, Measure, MetricValue};
use crate::loss::{ErrorMeasure, title};
use crate::report::chart::{Chart, Line};
use crate::report::classes::classes;
use crate::report::figures::{duration, number, percent};
use crate::report::regression::regression;
use crate::report::segmentation::segmentation;
use crate::report::{Filters, Record, Units, diagnose};
use crate::train::Epoch;

pub(crate) type Failure = Box<dyn std::error::Error + Send + Sync>;
pub(crate) type Written = Result<(), Failure>;

/// Returns the page of a record.
pub(crate) fn html(record: &Record) -> Result<String, Failure> {
    let mut page = String::new();
    let name = escape(&record.name);
    write!(
        page,
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>{name}: training report</title>\n<link rel=\"icon\" href=\"data:,\">\n<style>\n{}</style>\n</head>\n<body>\n\
         <header>\n<h1>{name}</h1>\n",
        include_str!("page.css")
    )?;
    findings(&mut page, record)?;
    key_figures(&mut page, record)?;
    page.push_str("</header>\n<main>\n<h2>Curves</h2>\n<div class=\"charts\">\n");
    for chart in charts(record).into_iter().filter_map(Chart::drawable) {
        figure(&mut page, &chart)?;
    }
    page.push_str("</div>\n");
    if let Some(units) = record.units.last().filter(|units| !units.is_empty()) {
        dead_units(&mut page, units, record.examples)?;
    }
    if let Some(classified) = &record.classified {
        classes(&mut page, classified, record.input)?;
    }
    regression(&mut page, &record.regressed)?;
    if let Some(segmented) = &record.segmented {
        segmentation(&mut page, segmented)?;
    }
    if let Some(filters) = &record.filters {
        first_layer(&mut page, filters)?;
    }
    let network = escape(&record.network);
    write!(page, "<h2>Network</h2>\n<div class=\"card\" tabindex=\"0\"><pre>{network}</pre></div>\n")?;
    settings(&mut page, record)?;
    page.push_str("</main>\n<footer>Written by plywood.</footer>\n</body>\n</html>\n");
    Ok(page)
}

/// Escapes text for a page.
pub(crate) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}

fn findings(page: &mut String, record: &Record) -> Written {
    page.push_str("<ul class=\"findings\" aria-label=\"Findings\">\n");
    let findings = diagnose(record);
    if findings.is_empty() {
        page.push_str("<li><span>Nothing stands out.</span></li>\n");
    }
    for finding in &findings {
        let (class, mark, meaning) = if finding.symptom.is_problem() {
            ("problem", "▲", "Problem:")
        } else {
            ("note", "✓", "Note:")
        };
        let (seen, advice) = (escape(&finding.seen), escape(&finding.advice));
        let advice = if advice.is_empty() {
            String::new()
        } else {
            format!("; <span class=\"advice\">{advice}</span>")
        };
        writeln!(
            page,
            "<li class=\"{class}\"><span class=\"mark\" role=\"img\" aria-label=\"{meaning}\">{mark}</span>\
             <span>{seen}{advice}</span></li>"
        )?;
    }
    page.push_str("</ul>\n");
    Ok(())
}

fn key_figures(page: &mut String, record: &Record) -> Written {
    let Some(last) = record.epochs.last() else { return Ok(()) };
    let mut figures: Vec<(String, String, String)> = Vec::new();
    let mut measure = |data: &str, of: fn(&Epoch) -> Option<Measure>| {
        let Some(now) = of(last) else { return };
        let best = |value: fn(&Measure) -> Option<f64>| {
            let all = record.epochs.iter().filter_map(|epoch| Some((epoch.number, value(&of(epoch)?)?)));
            all.min_by(|a, b| a.1.total_cmp(&b.1))
        };
        let error = now.error_measure();
        if let (Some(found), Some((epoch, best))) = (now.error, best(|measure| measure.error)) {
            let [found, best] = [found, best].map(|value| figure_of(error.is_share, value));
            let name = format!("{data} {}", error.name);
            figures.push((name, found, format!("best {best} in epoch {epoch}")));
        }
        if let Some((epoch, best)) = best(|measure| Some(measure.loss)) {
            let name = format!("{data} loss");
            figures.push((name, number(now.loss), format!("best {} in epoch {epoch}", number(best))));
        }
    };
    measure("Validation", |epoch| epoch.validation);
    measure("Training", |epoch| Some(epoch.train));
    for metric in &last.metrics {
        let values =
            record.epochs.iter().filter_map(|epoch| Some((epoch.number, epoch.metric(&metric.name)?)));
        let values = values.filter(|(_, value)| !value.is_nan());
        let best = match metric.better {
            Better::Smaller => values.min_by(|a, b| a.1.total_cmp(&b.1)),
            // the first of several
            Better::Larger => values.min_by(|a, b| b.1.total_cmp(&a.1)),
        };
        let best = best.map_or(String::new(), |(epoch, best)| {
            format!("best {} in epoch {epoch}", figure_of(metric.is_share, best))
        });
        let name = format!("Validation {}", metric.name);
        figures.push((name, figure_of(metric.is_share, metric.value), best));
    }
    let seconds: f64 = record.epochs.iter().map(|epoch| epoch.seconds).sum();
    let each = format!("{} an epoch", duration(seconds / record.epochs.len() as f64));
    let speed = crate::networks::thousands(last.examples_per_second.round() as usize);
    figures.push(("Epochs".to_owned(), record.epochs.len().to_string(), format!("at {speed} examples/s")));
    figures.push(("Training time".to_owned(), duration(seconds), each));
    page.push_str("<dl class=\"figures\">\n");
    for (name, value, detail) in figures {
        let name = escape(&name);
        writeln!(page, "<div><dt>{name}</dt><dd>{value}<small>{detail}</small></dd></div>")?;
    }
    page.push_str("</dl>\n");
    Ok(())
}

/// Formats a share in percent, and any other number with three digits.
fn figure_of(is_share: bool, value: f64) -> String {
    if value.is_nan() {
        "–".to_owned()
    } else if is_share {
        percent(value)
    } else {
        number(value)
    }
}

/// Returns a chart of each metric over the epochs: the title, and the line.
fn metrics(record: &Record) -> Vec<(String, Line)> {
    let Some(last) = record.epochs.last() else { return Vec::new() };
    let line = |metric: &MetricValue| {
        let scale = if metric.is_share { 100.0 } else { 1.0 };
        let points = record.epochs.iter();
        let points =
            points.filter_map(|epoch| Some((epoch.number as f64, scale * epoch.metric(&metric.name)?)));
        let points = points.filter(|point| point.1.is_finite()).collect();
        (title(&metric.name, metric.is_share), Line { name: "validation".to_owned(), points })
    };
    last.metrics.iter().map(line).collect()
}

fn charts(record: &Record) -> Vec<Chart> {
    let epochs = |value: fn(&Measure) -> Option<f64>| {
        let line = |name: &str, of: fn(&Epoch) -> Option<Measure>| Line {
            name: name.to_owned(),
            points: (record.epochs.iter())
                .filter_map(|epoch| Some((epoch.number as f64, value(&of(epoch)?)?)))
                .collect(),
        };
        vec![line("training", |epoch| Some(epoch.train)), line("validation", |epoch| epoch.validation)]
    };
    let spans = record.steps.spans();
    let steps = |name: &str, value: fn(&crate::report::Span) -> f64| Line {
        name: name.to_owned(),
        points: spans.iter().map(|span| (span.step as f64, value(span))).collect(),
    };
    let wide = |lines: &[Line]| {
        let positive =
            || lines.iter().flat_map(|line| &line.points).map(|point| point.1).filter(|&y| y > 0.0);
        let low = positive().fold(f64::INFINITY, f64::min);
        positive().fold(0.0, f64::max) > 20.0 * low
    };
    let chart = |title: &str, along, logarithmic, lines: Vec<Line>| Chart {
        title: if logarithmic { format!("{title} (logarithmic)") } else { title.to_owned() },
        text: describe(title, along, &lines),
        along,
        logarithmic,
        lines,
    };
    let loss = vec![steps("loss of the minibatches", |span| span.loss)];
    let rate = vec![steps("learning rate", |span| span.learning_rate)];
    let [loss_is_wide, rate_is_wide] = [wide(&loss), wide(&rate)];
    let error = record.epochs.last().map_or(ErrorMeasure::MISCLASSIFIED, |epoch| epoch.train.error_measure());
    let error = error.title();
    let mut charts = vec![
        chart("Loss", "epoch", false, epochs(|measure| Some(measure.loss))),
        chart(&error, "epoch", false, epochs(Measure::drawn_error)),
        chart("Loss, step by step", "step", loss_is_wide, loss),
        chart("Learning rate", "step", rate_is_wide, rate),
        chart("Norm of the gradient, by layer", "step", true, gradients(record)),
        chart("Dead units in %, by layer", "epoch", false, dead(record)),
    ];
    let metrics = metrics(record).into_iter().map(|(title, line)| chart(&title, "epoch", false, vec![line]));
    // after loss and error
    charts.splice(2..2, metrics.collect::<Vec<_>>());
    charts
}

/// Describes a chart in words: where each line begins and ends.
fn describe(title: &str, along: &str, lines: &[Line]) -> String {
    let line = |line: &Line| {
        let [first, .., last] = &line.points[..] else { return String::new() };
        let [begin, end] = [first, last].map(|point| number(point.1));
        format!(" {}: from {begin} in {along} {} to {end} in {along} {}.", line.name, first.0, last.0)
    };
    format!("{title}, by {along}.{}", lines.iter().map(line).collect::<String>())
}

/// Returns as many indices as there are distinguishable lines, from the first to the last.
fn chosen(count: usize) -> impl Iterator<Item = usize> {
    let shown = count.min(Chart::LINES);
    (0..shown).map(move |i| if shown < 2 { 0 } else { i * (count - 1) / (shown - 1) })
}

fn gradients(record: &Record) -> Vec<Line> {
    let line = |layer: usize| Line {
        name: record.layers[layer].path.clone(),
        points: (record.steps.spans().iter().zip(record.steps.gradients()))
            .map(|(span, norms)| (span.step as f64, norms[layer]))
            .collect(),
    };
    chosen(record.layers.len()).map(line).collect()
}

fn dead(record: &Record) -> Vec<Line> {
    let Some(last) = record.units.last() else { return Vec::new() };
    // if the run was resumed, dead units are known for the last epochs only
    let before = record.epochs.len().saturating_sub(record.units.len());
    let line = |layer: usize| Line {
        name: last[layer].layer.clone(),
        points: (record.epochs.iter().skip(before).zip(&record.units))
            .filter_map(|(epoch, units)| Some((epoch.number as f64, 100.0 * units.get(layer)?.share())))
            .collect(),
    };
    chosen(last.len()).map(line).collect()
}

fn figure(page: &mut String, chart: &Chart) -> Written {
    write!(page, "<figure class=\"chart\">\n<figcaption>{}\n<ul class=\"legend\">", escape(&chart.title))?;
    for (name, color) in chart.legend() {
        let name = escape(name);
        write!(
            page,
            "<li><svg viewBox=\"0 0 20 8\" aria-hidden=\"true\"><path d=\"M0 4H20\" stroke=\"{color}\" \
             stroke-width=\"3\"/></svg>{name}</li>"
        )?;
    }
    page.push_str("</ul></figcaption>\n");
    let text = escape(&chart.text);
    page.push_str(&chart.svg()?.replacen("<svg ", &format!("<svg role=\"img\" aria-label=\"{text}\" "), 1));
    page.push_str("</figure>\n");
    Ok(())
}

fn dead_units(page: &mut String, units: &[Units], examples: usize) -> Written {
    writeln!(
        page,
        "<h2>Dead units</h2>\n<div class=\"card\" tabindex=\"0\"><table>\n<caption>Units that gave zero for \
         each of {} held-out examples, after the last epoch.</caption>\n<thead><tr><th \
         class=\"words\" scope=\"col\">layer</th><th scope=\"col\">units</th><th scope=\"col\">dead</th><th \
         scope=\"col\">share</th><th scope=\"col\"></th></tr></thead>\n<tbody>",
        crate::report::recorder::LOOKED_AT.min(examples)
    )?;
    for unit in units {
        let (layer, share) = (escape(&unit.layer), percent(unit.share()));
        writeln!(
            page,
            "<tr><th scope=\"row\">{layer}</th><td>{}</td><td>{}</td><td>{share}</td><td><meter min=\"0\" max=\"1\" \
             low=\"0.1\" high=\"0.5\" optimum=\"0\" value=\"{:.4}\">{share}</meter></td></tr>",
            unit.count,
            unit.dead,
            unit.share()
        )?;
    }
    page.push_str("</tbody></table></div>\n");
    Ok(())
}

fn first_layer(page: &mut String, filters: &Filters) -> Written {
    let picture = filters.picture();
    let [height, width, channels] = filters.sides;
    let shown = filters.count.min(Filters::SHOWN);
    let layer = escape(&filters.layer);
    let colors = if channels == 3 {
        "In color, gray is zero."
    } else {
        "White is zero, blue negative, orange positive."
    };
    let scale = (720 / picture.width()).clamp(1, 8);
    writeln!(
        page,
        "<h2>First layer</h2>\n<div class=\"card\" tabindex=\"0\"><p class=\"quiet\">Weights of {layer}, \
         {height}×{width}×{channels}: {shown} of {}. {colors}</p>\n<img src=\"{}\" width=\"{}\" height=\"{}\" \
         alt=\"The first {shown} of {} filters of {layer} as small images\"></div>",
        filters.count,
        picture.address()?,
        scale * picture.width(),
        scale * picture.height(),
        filters.count
    )?;
    Ok(())
}

fn settings(page: &mut String, record: &Record) -> Written {
    if record.settings.is_empty() {
        return Ok(());
    }
    page.push_str("<h2>Settings</h2>\n<div class=\"card\" tabindex=\"0\"><table><tbody>\n");
    for (name, value) in &record.settings {
        let (name, value) = (escape(name), escape(value));
        writeln!(page, "<tr><th scope=\"row\">{name}</th><td class=\"words\">{value}</td></tr>")?;
    }
    page.push_str("</tbody></table></div>\n");
    Ok(())
}
