//! Tests the records that a run leaves: logs, the picture, the report.

use plywood::eval::Measure;
use plywood::eval::metrics::{Accuracy, TopK};

use super::*;

fn logged(name: &str, validate: bool) -> (History, String) {
    let path = scratch("log").join("made").join(name);
    let data = Points::<2>::random(50, 3, 1);
    let trainer = Trainer::new().epochs(3).log(&path);
    let mut model = Model::<Dense<2, 3>>::new(1);
    let run = trainer.run(&mut model, &data);
    let report = if validate { run.validate(&data).fit() } else { run.fit() }.expect("a good run");
    (report, std::fs::read_to_string(path).expect("a log"))
}

fn numbers(report: &History) -> Vec<[Option<f64>; 9]> {
    let row = |epoch: &plywood::train::Epoch| {
        [
            Some(epoch.number as f64),
            Some(epoch.train.loss),
            epoch.train.error,
            epoch.validation.map(|measure| measure.loss),
            epoch.validation.and_then(|measure| measure.error),
            Some(epoch.learning_rate),
            Some(epoch.gradient_norm.expect("computed")),
            Some(epoch.seconds),
            Some(epoch.examples_per_second),
        ]
    };
    report.epochs.iter().map(row).collect()
}

const COLUMNS: [&str; 9] = [
    "epoch",
    "train_loss",
    "train_error",
    "validation_loss",
    "validation_error",
    "learning_rate",
    "gradient_norm",
    "seconds",
    "examples_per_second",
];

#[test]
fn the_csv_log_holds_the_history_exactly() {
    for validate in [true, false] {
        let (report, text) = logged("log.csv", validate);
        let mut lines = text.lines().map(|line| line.split(',').collect::<Vec<_>>());
        assert_eq!(lines.next().expect("a header"), COLUMNS);
        let rows: Vec<Vec<Option<f64>>> =
            lines.map(|fields| fields.into_iter().map(|field| field.parse().ok()).collect()).collect();
        assert_eq!(rows, numbers(&report));
        assert_eq!(rows[0][3].is_some(), validate);
    }
}

#[test]
fn the_json_log_holds_the_history_exactly() {
    for validate in [true, false] {
        let (report, text) = logged("log.jsonl", validate);
        let expected = numbers(&report);
        assert_eq!(text.lines().count(), expected.len());
        for (line, expected) in text.lines().zip(expected) {
            let fields = line.strip_prefix('{').and_then(|line| line.strip_suffix('}')).expect("an object");
            for ((field, name), value) in fields.split(',').zip(COLUMNS).zip(expected) {
                let text = field.strip_prefix(&format!("\"{name}\":")).expect(name);
                assert!(text == "null" || text.parse::<f64>().is_ok(), "{field} is not JSON");
                assert_eq!(text.parse().ok(), value, "{name}");
            }
            assert_eq!(fields.split(',').count(), COLUMNS.len());
        }
    }
}

#[test]
fn the_picture_shows_both_curves_over_whole_epochs() {
    let path = scratch("picture").join("made").join("curves.svg");
    let data = Points::<2>::random(50, 3, 1);
    let mut model = Model::<Dense<2, 3>>::new(1);
    let trainer = Trainer::new().epochs(3).picture(&path);
    trainer.run(&mut model, &data).validate(&data).fit().expect("a good run");
    let svg = std::fs::read_to_string(&path).expect("a picture");
    let texts: Vec<_> = svg.lines().map(str::trim).filter(|line| !line.starts_with('<')).collect();
    for expected in ["Loss", "Error in %", "training", "validation", "epoch", "1", "2", "3"] {
        assert!(texts.contains(&expected), "no {expected:?} among {texts:?}");
    }

    // metrics have panels of their own, below
    let top = TopK(2);
    let run = trainer.run(&mut model, &data).validate(&data).metric(&Accuracy).metric(&top);
    run.fit().expect("a good run");
    let svg = std::fs::read_to_string(&path).expect("a picture");
    let texts: Vec<_> = svg.lines().map(str::trim).filter(|line| !line.starts_with('<')).collect();
    assert!(texts.contains(&"Accuracy in %") && svg.contains("height=\"920\""), "{texts:?}");

    // one epoch, no validation: still a picture, without the curve that there is not
    let report = Trainer::new().epochs(1).run(&mut model, &data).fit().expect("a good run");
    report.draw(&path).expect("a picture");
    let svg = std::fs::read_to_string(&path).expect("a picture");
    assert!(svg.contains("training") && !svg.contains("validation"));
}

#[test]
fn the_report_is_a_table() {
    let (report, _) = logged("table.csv", true);
    let table = report.to_string();
    let widths: Vec<_> = table.lines().take(4).map(|line| line.chars().count()).collect();
    assert_eq!(widths, [widths[0]; 4], "{table}");
    assert!(table.lines().nth(3).is_some_and(|line| line.starts_with("    3  ")), "{table}");
    assert_eq!(table.lines().count(), 5);
}

#[test]
fn rates_of_any_size_fit_the_table() {
    let (mut report, _) = logged("rates.csv", true);
    let cases =
        [(0.05, "0.05"), (1e-6, "0.000001"), (1.0 / 3e7, "3.33e-8"), (1e-300, "1.00e-300"), (2e3, "2.00e3")];
    for (rate, expected) in cases {
        report.epochs[0].learning_rate = rate;
        let table = report.to_string();
        let lines: Vec<_> = table.lines().take(2).map(|line| line.chars().count()).collect();
        assert_eq!(lines[0], lines[1], "{table}");
        assert!(table.contains(&format!(" {expected} ")), "{table}");
    }
}

#[test]
fn the_best_epoch_has_the_smallest_validation_error() {
    let (mut report, _) = logged("best.csv", true);
    let cases = [
        ([Some(0.3), Some(0.1), Some(0.1)], [1.0, 1.0, 1.0], 2),
        // of equal errors the smaller loss, and the first of several
        ([Some(0.1), Some(0.1), Some(0.1)], [1.0, 0.5, 0.5], 2),
        ([Some(0.1), Some(0.1), Some(0.2)], [1.0, 0.9, 0.1], 2),
        ([None, None, None], [3.0, 2.0, 1.0], 3),
    ];
    for (errors, losses, best) in cases {
        for ((epoch, error), loss) in report.epochs.iter_mut().zip(errors).zip(losses) {
            *epoch.validation.as_mut().expect("validated") = measure(loss, error);
        }
        assert_eq!(report.best().map(|epoch| epoch.number), Some(best), "{errors:?}, {losses:?}");
    }
    // an epoch that nobody validated is not compared with those that somebody did, however good it looks in training
    report.epochs[0].validation = None;
    report.epochs[0].train = measure(0.0, Some(0.0));
    assert_eq!(report.best().map(|epoch| epoch.number), Some(3));
    report.epochs.iter_mut().for_each(|epoch| epoch.validation = None);
    assert_eq!(report.best().map(|epoch| epoch.number), Some(1));
}

fn measure(loss: f64, error: Option<f64>) -> Measure {
    Measure { loss, error, kind: None }
}
