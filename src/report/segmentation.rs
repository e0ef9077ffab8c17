//! Writes the page's part about pixels: the overlap of each class, and pictures tinted by classes.

use std::fmt::Write;

use crate::report::figures::percent;
use crate::report::page::{Written, escape};
use crate::report::segmented::color;
use crate::report::{Bitmap, Segmented};

pub(crate) fn segmentation(page: &mut String, segmented: &Segmented) -> Written {
    let classes = segmented.pixels.len();
    let overlaps: Vec<f64> = (0..classes).filter_map(|class| segmented.overlap(class)).collect();
    let mean = overlaps.iter().sum::<f64>() / overlaps.len().max(1) as f64;
    write!(
        page,
        "<h2>Pixels</h2>\n<div class=\"card\" tabindex=\"0\"><table><caption>Intersection over union: the pixels that are of \
         a class and were given it, among those of which one is true. The mean of the classes is {}.</caption>\n<thead><tr>\
         <th class=\"words\" scope=\"col\">class</th><th scope=\"col\">pixels</th><th scope=\"col\">given</th>\
         <th scope=\"col\">overlap</th><th scope=\"col\"></th></tr></thead>\n<tbody>\n",
        percent(mean)
    )?;
    for class in 0..classes {
        let swatch = if class == 0 {
            String::new()
        } else {
            let [red, green, blue] = color(class);
            format!(
                "<svg viewBox=\"0 0 9 9\" width=\"9\" height=\"9\" aria-hidden=\"true\"><path d=\"M0 0H9V9H0Z\" \
                 fill=\"#{red:02X}{green:02X}{blue:02X}\"/></svg> "
            )
        };
        let name = escape(&segmented.name(class));
        let [overlap, meter] = match segmented.overlap(class) {
            None => ["–".to_owned(), String::new()],
            Some(overlap) => {
                let share = percent(overlap);
                let meter = format!("<meter min=\"0\" max=\"1\" value=\"{overlap:.4}\">{share}</meter>");
                [share, meter]
            }
        };
        writeln!(
            page,
            "<tr><th scope=\"row\">{swatch}{name}</th><td>{}</td><td>{}</td><td>{overlap}</td><td>{meter}</td></tr>",
            segmented.pixels[class], segmented.given[class]
        )?;
    }
    page.push_str("</tbody></table></div>\n");
    if segmented.pictures.is_empty() {
        return Ok(());
    }
    page.push_str(
        "<h2>Pictures</h2>\n<p class=\"quiet\">Each picture, then its classes, then those that it was given. Class 0 has no \
         color; gray does not count.</p>\n<div class=\"card\"><div class=\"overlays\">\n",
    );
    for overlay in &segmented.pictures {
        let index = overlay.index;
        page.push_str("<figure>");
        let parts: [(&Bitmap, &str); 3] = [
            (&overlay.picture, "the picture"),
            (&overlay.actual, "its classes"),
            (&overlay.predicted, "the classes that it was given"),
        ];
        for (bitmap, what) in parts {
            write!(
                page,
                "<img src=\"{}\" width=\"{}\" height=\"{}\" alt=\"Example {index}: {what}\">",
                bitmap.address()?,
                bitmap.width(),
                bitmap.height()
            )?;
        }
        writeln!(page, "<figcaption><small>example {index}</small></figcaption></figure>")?;
    }
    page.push_str("</div></div>\n");
    Ok(())
}
