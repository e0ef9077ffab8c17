//! Writes the page's part about classes: confusions, scores of each class, and the most confident mistakes.

use std::fmt::Write;

use crate::core::Dims;
use crate::eval::{Average, Scores};
use crate::report::figures::percent;
use crate::report::page::{Written, escape};
use crate::report::{Bitmap, Classified};

pub(crate) fn classes(page: &mut String, classified: &Classified, input: Option<Dims>) -> Written {
    page.push_str("<div class=\"pair\">\n");
    confusion(page, classified)?;
    scores(page, classified)?;
    page.push_str("</div>\n");
    mistakes(page, classified, input)
}

/// The largest number of classes that are shown as a table.
const TABLE: usize = 20;

fn confusion(page: &mut String, classified: &Classified) -> Written {
    let counts = classified.confusion.counts();
    let (total, wrong) =
        (classified.confusion.total(), classified.confusion.total() - classified.confusion.correct());
    let classes = counts.nrows();
    let lost = match classified.without_class {
        0 => String::new(),
        count => format!(" {count} got a NaN for a score and are not counted."),
    };
    let caption = format!("{wrong} of {total} held-out examples are taken for another class.{lost}");
    page.push_str("<section>\n<h2>Confusion matrix</h2>\n<div class=\"card\" tabindex=\"0\">");
    if classes > TABLE {
        let mut pairs: Vec<_> = (0..classes)
            .flat_map(|i| (0..classes).map(move |j| (counts[(i, j)], i, j)))
            .filter(|&(count, i, j)| i != j && count > 0)
            .collect();
        pairs.sort_by_key(|&(count, i, j)| (std::cmp::Reverse(count), i, j));
        writeln!(
            page,
            "<table><caption>{caption} The most frequent:</caption>\n<thead><tr><th scope=\"col\">class</th><th \
             scope=\"col\">taken for</th><th scope=\"col\">times</th></tr></thead>\n<tbody>"
        )?;
        for (count, i, j) in pairs.into_iter().take(TABLE) {
            let [i, j] = [i, j].map(|class| escape(&classified.name(class)));
            writeln!(page, "<tr><td>{i}</td><td>{j}</td><td>{count}</td></tr>")?;
        }
        page.push_str("</tbody></table></div>\n</section>\n");
        return Ok(());
    }
    write!(
        page,
        "<table class=\"confusion\"><caption>{caption} Rows: what an example is. Columns: what it was taken \
         for.</caption>\n<thead><tr><th></th>"
    )?;
    (0..classes)
        .try_for_each(|class| write!(page, "<th scope=\"col\">{}</th>", escape(&classified.name(class))))?;
    page.push_str("</tr></thead>\n<tbody>\n");
    for i in 0..classes {
        write!(page, "<tr><th scope=\"row\">{}</th>", escape(&classified.name(i)))?;
        let row: usize = counts.row(i).iter().sum();
        for j in 0..classes {
            let count = counts[(i, j)];
            let class = if count == 0 {
                "none"
            } else if i == j {
                "right"
            } else {
                "wrong"
            };
            // a mistake is visible from a tenth of the row
            let share = count as f64 / row.max(1) as f64 * if i == j { 1.0 } else { 10.0 };
            write!(page, "<td class=\"{class}\" style=\"--share:{:.3}\">{count}</td>", share.min(1.0))?;
        }
        page.push_str("</tr>\n");
    }
    page.push_str("</tbody></table></div>\n</section>\n");
    Ok(())
}

/// Writes the scores of each class.
fn scores(page: &mut String, classified: &Classified) -> Written {
    let confusion = &classified.confusion;
    let classes = confusion.counts().nrows();
    let top = |k| format!(", top {k} {}", percent(classified.top(k)));
    let top: String = [2, 3, 5].into_iter().filter(|&k| k < classes).map(top).collect();
    write!(
        page,
        "<section>\n<h2>Classes</h2>\n<div class=\"card\" tabindex=\"0\"><table><caption>Accuracy {}{top}.",
        percent(classified.top(1))
    )?;
    let mut shown: Vec<_> = (0..classes).map(|class| (class, confusion.scores(class))).collect();
    if classes > TABLE {
        // a class without examples has no F1 and does not count as a bad one
        let f1 = |scores: &Scores| scores.f1.unwrap_or(1.0);
        shown.sort_by(|a, b| f1(&a.1).total_cmp(&f1(&b.1)));
        shown.truncate(TABLE);
        page.push_str(" The classes with the smallest F1:");
    }
    page.push_str("</caption>\n<thead><tr><th class=\"words\" scope=\"col\">class</th>");
    for name in ["examples", "precision", "recall", "F1"] {
        write!(page, "<th scope=\"col\">{name}</th>")?;
    }
    page.push_str("</tr></thead>\n<tbody>\n");
    let average = [("mean of classes", Average::Macro), ("weighted by examples", Average::Weighted)];
    let named = shown.into_iter().map(|(class, scores)| (escape(&classified.name(class)), scores));
    let averages = average.map(|(name, average)| (name.to_owned(), confusion.average(average)));
    for (name, Scores { precision, recall, f1, support }) in named.chain(averages) {
        write!(page, "<tr><th scope=\"row\">{name}</th><td>{support}</td>")?;
        for score in [precision, recall, f1] {
            write!(page, "<td>{}</td>", score.map_or("–".to_owned(), percent))?;
        }
        page.push_str("</tr>\n");
    }
    page.push_str("</tbody></table></div>\n</section>\n");
    Ok(())
}

fn mistakes(page: &mut String, classified: &Classified, input: Option<Dims>) -> Written {
    if classified.mistakes.is_empty() {
        return Ok(());
    }
    page.push_str(
        "<h2>Mistakes that it is surest of</h2>\n<p class=\"quiet\">What it is → what it was taken for, and the \
         probability given for that.</p>\n<div class=\"card\"><div class=\"pictures\">\n",
    );
    for mistake in &classified.mistakes {
        let [actual, predicted] =
            [mistake.actual, mistake.predicted].map(|class| escape(&classified.name(class)));
        let index = mistake.index;
        let confidence = percent(mistake.confidence);
        let picture = input.and_then(|dims| Bitmap::of_example(dims, &mistake.numbers));
        page.push_str("<figure>");
        if let Some(picture) = picture {
            write!(
                page,
                "<img src=\"{}\" width=\"{}\" height=\"{}\" alt=\"Example {index}: a {actual}, taken for a {predicted} \
                 with {confidence}\">",
                picture.address()?,
                picture.width(),
                picture.height()
            )?;
        }
        writeln!(
            page,
            "<figcaption><strong>{actual} → {predicted}</strong> {confidence}<br><small>example \
             {index}</small></figcaption></figure>"
        )?;
    }
    page.push_str("</div></div>\n");
    Ok(())
}
