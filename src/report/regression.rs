//! Writes the page's part about predicted numbers: predictions against targets, and the residuals.

use std::fmt::Write;

use crate::report::Regressed;
use crate::report::chart::{histogram, scatter};
use crate::report::figures::number;
use crate::report::page::{Failure, Written, escape};

/// The largest number of outputs that are shown.
const SHOWN: usize = 6;

pub(crate) fn regression(page: &mut String, parts: &[Regressed]) -> Written {
    if parts.iter().all(|part| part.pairs.is_empty()) {
        return Ok(());
    }
    page.push_str("<h2>Predictions</h2>\n");
    for (index, part) in parts.iter().take(SHOWN).enumerate() {
        let which = if parts.len() == 1 { String::new() } else { format!("Number {index} of the output: ") };
        let r2 = part.r2().map_or("–".to_owned(), |r2| format!("{r2:.3}"));
        writeln!(
            page,
            "<p>{which}mean absolute error {}, R² {r2}, for {} held-out examples, in the units of the targets.</p>",
            number(part.mean_absolute_error()),
            part.pairs.len()
        )?;
        page.push_str("<div class=\"charts\">\n");
        let text = "Predictions against targets. On the line, both are equal.";
        figure(page, "Predicted against true", text, &scatter(&part.pairs)?)?;
        let residuals: Vec<f64> = part.residuals().collect();
        let text = "The number of examples by residual: the prediction minus the target.";
        figure(page, "Residuals, predicted minus true", text, &histogram(&residuals)?)?;
        page.push_str("</div>\n");
    }
    if parts.len() > SHOWN {
        writeln!(page, "<p class=\"quiet\">The first {SHOWN} of {} numbers.</p>", parts.len())?;
    }
    Ok(())
}

fn figure(page: &mut String, title: &str, text: &str, svg: &str) -> Result<(), Failure> {
    let (title, text) = (escape(title), escape(text));
    write!(page, "<figure class=\"chart\">\n<figcaption>{title}</figcaption>\n")?;
    page.push_str(&svg.replacen("<svg ", &format!("<svg role=\"img\" aria-label=\"{text}\" "), 1));
    page.push_str("</figure>\n");
    Ok(())
}
