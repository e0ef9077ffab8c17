//! Diagnoses a record: says in words what it shows.

use std::fmt;

use crate::eval::{Confusion, Measure};
use crate::loss::ErrorMeasure;
use crate::report::Record;
use crate::report::figures::{number, percent};

/// An observation about a record. Displays as a sentence: what is seen, what it means, what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Finding {
    /// The symptom that the finding shows.
    pub symptom: Symptom,
    /// The observation and its meaning: `training error 0.1 %, validation 8.2 %: overfitting`.
    pub seen: String,
    /// The advice: `raise λ (it is 0)`. Empty if there is nothing to do.
    pub advice: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.seen)?;
        if self.advice.is_empty() { Ok(()) } else { write!(f, "; {}", self.advice) }
    }
}

/// The kind of a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Symptom {
    /// A number became infinite or NaN.
    Diverged,
    /// The loss rose: the learning rate is too large.
    RateTooLarge,
    /// The loss hardly fell, or still falls along a straight line: the learning rate is too small.
    RateTooSmall,
    /// The loss fell and did not rise.
    RateGood,
    /// Some units are always zero.
    DeadUnits,
    /// Hardly any gradient reaches the first layer.
    VanishingGradient,
    /// The model does much worse on held-out examples than on training examples.
    Overfitting,
    /// The loss levels off at a high value.
    Underfitting,
    /// The model is right no more often than by naming the most frequent class.
    NoBetterThanGuessing,
    /// The model still gets better on held-out examples in the last epoch.
    StillLearning,
}

impl Symptom {
    /// Returns true if the symptom is a problem to fix.
    #[must_use]
    pub fn is_problem(self) -> bool {
        !matches!(self, Self::RateGood | Self::StillLearning)
    }
}

/// The smallest number of spans of steps by which a loss curve is judged.
const FEWEST: usize = 8;
/// The number of steps whose mean loss counts as that of the initial model.
const FIRST: usize = 4;
/// The number of parts over which the loss curve is averaged, so that the noise of minibatches is not taken for a rise.
const PARTS: usize = 40;
/// A rise above the smallest loss so far by this share of the first loss means that the learning rate is too large.
const RISE: f64 = 0.25;
/// The number of standard deviations of a part above which a change is a rise.
///
/// The range of 40 numbers that are only noise is 4.3 on average, and rarely above 6.
const SIGMAS: f64 = 6.0;
/// Parts that deviate by more than this share of the first loss are too noisy to show a small change.
const LOUD: f64 = 0.05;
/// A loss that ends above this share of the first loss has not fallen far.
const FAR: f64 = 0.5;
/// A fall by less than this share of the first loss, after the first part or in the last quarter, is hardly a move.
const MOVED: f64 = 0.02;
/// A fall by more than this share of the first loss is a move, even if all of it is at the very beginning.
///
/// One noisy minibatch there may look like a smaller fall.
const JUMPED: f64 = 0.1;
/// The loss falls along a straight line if it falls in the second half by at least this share of its first half's fall.
const STRAIGHT: f64 = 0.4;
/// The share of dead units from which a layer is reported.
const DEAD: f64 = 0.2;
/// The ratio of the first layer's gradient to the last layer's below which hardly any gradient reaches the first layer.
///
/// Both gradients are root mean squares over the layer's parameters, and the ratio is the median over the steps.
const VANISHED: f64 = 1e-4;
/// Overfitting is a validation error above this multiple of the training error.
const TIMES: f64 = 1.5;
/// For overfitting, the difference of both errors is also at least this share of all examples.
const GAP: f64 = 0.02;
/// For overfitting, the difference of shares of misclassified examples is also more than this number of standard errors
/// of the validation error, √(p (1 − p) / n).
const ERRORS: f64 = 2.0;
/// A share of misclassified training examples above which the model does not fit the examples that it learns from.
const HIGH: f64 = 0.4;
/// If nothing is right or wrong, overfitting is a validation loss that is above its smallest by this share.
const LOSS_ROSE: f64 = 0.1;
/// A validation measure that improves by this share in the last quarter of the epochs may go on improving.
const BETTER: f64 = 0.05;

/// Returns findings about a record, the worst first.
///
/// The loss of the steps is averaged over 40 parts of the run. Losses are compared with L₀, the loss of the first four
/// steps, when the model is nearly the initial one. If a run continued from a checkpoint and its recorder has another folder
/// than before, its first steps are not recorded, and the loss of its steps is not judged.
///
/// | finding | when |
/// |---|---|
/// | [`Diverged`](Symptom::Diverged) | training ended because of a number that is not finite |
/// | [`RateTooLarge`](Symptom::RateTooLarge) | the loss rose above its smallest so far by more than L₀/4 |
/// | [`DeadUnits`](Symptom::DeadUnits) | at least 20 % of a rectifier's units gave zero for all held-out examples |
/// | [`RateTooSmall`](Symptom::RateTooSmall) | the loss did not rise, and fell by less than L₀/10 in all and by less than L₀/50 after the first part; or it ended above L₀/2 and fell in its second half by at least 0.4 of what it fell by in its first |
/// | [`VanishingGradient`](Symptom::VanishingGradient) | the first layer's gradient is 10,000 times smaller than the last's: root mean square over the parameters, median over the steps |
/// | [`Overfitting`](Symptom::Overfitting) | the validation error, where it [decides](crate::loss::ErrorMeasure::decides), is above 1.5 times the training error, by 2 % and, for misclassified examples, by 2 standard errors; without errors, the validation loss is 10 % above its smallest while that of training fell |
/// | [`Underfitting`](Symptom::Underfitting) | the loss ended above L₀/2 and fell by less than L₀/50 in its last quarter; or more than 40 % of the training examples were misclassified in the last epoch, and nothing above explains it |
/// | [`NoBetterThanGuessing`](Symptom::NoBetterThanGuessing) | no more held-out examples were right, up to 2 standard errors, than if all were given their most frequent class, and nothing above but underfitting explains it |
/// | [`StillLearning`](Symptom::StillLearning) | the validation error (or loss) got better by 5 % in the last quarter of at least four epochs, and was best in the last |
/// | [`RateGood`](Symptom::RateGood) | the loss ended below L₀/2, without a rise |
///
/// The thresholds are rules of thumb: a finding says where to look and proves nothing.
#[must_use]
pub fn diagnose(record: &Record) -> Vec<Finding> {
    let mut findings = Vec::new();
    findings.extend(diverged(record));
    findings.extend(dead(record));
    if findings.iter().all(|finding| finding.symptom != Symptom::Diverged) {
        let curve = Curve::of(record);
        let rise = curve.as_ref().and_then(|curve| curve.rise(record));
        let silent = record.units.last().is_some_and(|units| units.iter().any(|units| units.share() > FAR));
        // a loss that rose does not show a too small rate, nor does one with dead units
        let shape = match &rise {
            Some(_) => None,
            None => curve.as_ref().and_then(|curve| curve.fall(record, silent)),
        };
        if let Some(rise) = rise {
            findings.insert(0, rise);
        }
        findings.extend(vanishing(record));
        findings.extend(overfitting(record));
        if shape.as_ref().is_none_or(|shape| shape.symptom != Symptom::RateTooSmall) {
            findings.extend(still_learning(record));
        }
        findings.extend(shape);
        // a problem found so far may be the cause
        if findings.iter().all(|finding| !finding.symptom.is_problem()) {
            findings.extend(misfit(record));
        }
        let misfit = |finding: &Finding| finding.symptom == Symptom::Underfitting;
        if findings.iter().all(|finding| misfit(finding) || !finding.symptom.is_problem()) {
            findings.extend(guessing(record));
        }
    }
    // a stable sort: within problems and non-problems, the order from above stays
    findings.sort_by_key(|finding| !finding.symptom.is_problem());
    findings
}

fn finding(symptom: Symptom, seen: String, advice: impl Into<String>) -> Finding {
    Finding { symptom, seen, advice: advice.into() }
}

fn diverged(record: &Record) -> Option<Finding> {
    let diverged = record.diverged.as_ref()?;
    let seen = format!(
        "{} is {} at epoch {}, step {}: training diverged, the learning rate of {} is far too large",
        diverged.what,
        diverged.value,
        diverged.epoch,
        diverged.step,
        number(diverged.learning_rate)
    );
    Some(finding(Symptom::Diverged, seen, "divide it by 10 and try again"))
}

fn dead(record: &Record) -> impl Iterator<Item = Finding> {
    let units = record.units.last().map_or(&[][..], |units| units);
    units.iter().filter(|units| units.share() >= DEAD).map(|units| {
        let seen = format!("layer {}: {} of {} units dead", units.layer, units.dead, units.count);
        finding(Symptom::DeadUnits, seen, "lower the learning rate")
    })
}

/// The loss of the steps, averaged over parts of the run.
struct Curve {
    first: f64,
    /// The first step and the mean loss of each part.
    parts: Vec<(usize, f64)>,
}

impl Curve {
    /// Averages the loss of a record.
    ///
    /// Returns `None` if the run is too short to judge, if its beginning is not recorded because it continued from a
    /// checkpoint, or if its first loss is not positive.
    fn of(record: &Record) -> Option<Self> {
        let spans = record.steps.spans();
        if spans.len() < FEWEST || spans[0].step > 1 {
            return None;
        }
        let mean = |spans: &[crate::report::Span]| {
            let steps: usize = spans.iter().map(|span| span.steps).sum();
            spans.iter().map(|span| span.loss * span.steps as f64).sum::<f64>() / steps as f64
        };
        let count = PARTS.min(spans.len());
        let parts = (0..count).map(|part| {
            let part = &spans[part * spans.len() / count..(part + 1) * spans.len() / count];
            (part[0].step, mean(part))
        });
        // few steps suffice to change the initial model, but a single minibatch is noisy
        let first = mean(&spans[..FIRST.div_ceil(spans[0].steps)]);
        (first > 0.0).then(|| Self { first, parts: parts.collect() })
    }

    fn last(&self) -> f64 {
        self.parts.last().map_or(self.first, |&(_, loss)| loss)
    }

    fn at(&self, share: f64) -> f64 {
        self.parts[((self.parts.len() - 1) as f64 * share).round() as usize].1
    }

    /// Returns the standard deviation of a part around its mean.
    ///
    /// It is computed from differences between neighbors, which the downward trend hardly affects (von Neumann et al.
    /// 1941).
    fn noise(&self) -> f64 {
        let differences = self.parts.windows(2).map(|pair| (pair[1].1 - pair[0].1).powi(2));
        (differences.sum::<f64>() / (2 * (self.parts.len() - 1).max(1)) as f64).sqrt()
    }

    fn rise(&self, record: &Record) -> Option<Finding> {
        let mut smallest = (1, self.first);
        let mut worst: Option<((usize, f64), f64)> = None;
        for &(step, loss) in &self.parts {
            if loss < smallest.1 {
                smallest = (step, loss);
            } else if loss - smallest.1 > worst.map_or(RISE * self.first, |(from, to)| to - from.1) {
                worst = Some((smallest, loss));
            }
        }
        let ((step, from), to) = worst?;
        let half = &self.parts[self.parts.len() / 2..];
        let level = half.iter().map(|part| part.1).sum::<f64>() / half.len() as f64;
        // a rise must stand out from the noise of small minibatches, or last for the rest of the run
        if to - from < SIGMAS * self.noise() && level < (1.0 + RISE) * self.first {
            return None;
        }
        let seen = format!(
            "loss rises from step {step}, from {} to {}: learning rate too large",
            number(from),
            number(to)
        );
        Some(finding(Symptom::RateTooLarge, seen, format!("divide it by 3{}", now(record))))
    }

    /// Judges the fall of a loss that did not rise; `silent` if dead units may be the reason.
    fn fall(&self, record: &Record, silent: bool) -> Option<Finding> {
        let (first, last, middle) = (self.first, self.last(), self.at(0.5));
        let (from, to) = (number(first), number(last));
        let still = self.at(0.0) - last < MOVED * first && first - last < JUMPED * first;
        let multiply = format!("multiply it by 10{}", now(record));
        // the noise of small minibatches hides such a small change
        let silent = silent || self.noise() > LOUD * first;
        if still {
            let from = number(self.at(0.0));
            let seen = format!("loss hardly moves, from {from} to {to}: learning rate too small");
            (!silent).then(|| finding(Symptom::RateTooSmall, seen, multiply))
        } else if last < FAR * first {
            let seen = format!("loss falls from {from} to {to} without rising: the learning rate is good");
            Some(finding(Symptom::RateGood, seen, ""))
        } else if middle - last >= STRAIGHT * (first - middle) {
            let seen = format!(
                "loss falls slowly, from {from} to {to}, and still along a line: learning rate too small"
            );
            (!silent).then(|| finding(Symptom::RateTooSmall, seen, multiply))
        } else if self.at(0.75) - last < MOVED * first {
            let seen = format!("loss levels off at {to}, having begun at {from}: underfitting");
            Some(finding(Symptom::Underfitting, seen, "take a larger network or a smaller λ"))
        } else {
            None
        }
    }
}

/// Returns the learning rate that a run began with, in brackets.
fn now(record: &Record) -> String {
    let spans = record.steps.spans();
    let largest = spans.iter().map(|span| span.learning_rate).fold(0.0, f64::max);
    format!(" (it is {})", number(largest))
}

fn vanishing(record: &Record) -> Option<Finding> {
    let ([first, .., last], true) = (&record.layers[..], record.layers.len() > 2) else { return None };
    let root = |norm: f64, layer: &crate::report::Trained| norm / (layer.range.len() as f64).sqrt();
    let mut ratios: Vec<f64> = record
        .steps
        .gradients()
        .filter_map(|norms| Some(root(*norms.first()?, first) / root(*norms.last()?, last)))
        .filter(|ratio| ratio.is_finite())
        .collect();
    ratios.sort_by(f64::total_cmp);
    let median = *ratios.get(ratios.len() / 2)?;
    // a gradient of exactly zero is dead, not vanishing
    (median < VANISHED && median > 0.0).then(|| {
        let seen = format!(
            "the gradient of {} is {} times that of {}: it vanishes on the way",
            first.path,
            number(median),
            last.path
        );
        finding(Symptom::VanishingGradient, seen, "use residual blocks, normalization or rectified units")
    })
}

fn overfitting(record: &Record) -> Option<Finding> {
    let last = record.epochs.last()?;
    let validation = last.validation?;
    let seen = if let (Some(train), Some(held)) = (share(&last.train), share(&validation)) {
        // the examples are right or wrong independently of each other, unlike pixels and the answers of one example
        let is_binomial = validation.error_measure() == ErrorMeasure::MISCLASSIFIED;
        let variance = if is_binomial { held * (1.0 - held) / record.examples.max(1) as f64 } else { 0.0 };
        let standard = variance.sqrt();
        let gap = held - train;
        if held < TIMES * train || gap < GAP || gap < ERRORS * standard {
            return None;
        }
        let name = error_name(&validation);
        format!("training {name} {}, validation {}: overfitting", percent(train), percent(held))
    } else {
        let losses = record.epochs.iter().filter_map(|epoch| Some((epoch, epoch.validation?.loss)));
        let (best, smallest) = losses.min_by(|a, b| a.1.total_cmp(&b.1))?;
        // a loss may be negative
        if validation.loss - smallest < LOSS_ROSE * smallest.abs() || last.train.loss >= best.train.loss {
            return None;
        }
        format!(
            "validation loss {} at epoch {}, {} at the end, while training loss falls: overfitting",
            number(smallest),
            best.number,
            number(validation.loss)
        )
    };
    let lambda = record.l2.map_or(String::new(), |l2| format!(" (it is {})", number(l2)));
    Some(finding(Symptom::Overfitting, seen, format!("raise λ{lambda}, or train on more examples")))
}

/// Finds a model that misclassifies much of what it learns from.
fn misfit(record: &Record) -> Option<Finding> {
    let last = record.epochs.last()?;
    let error = share(&last.train).filter(|&error| error > HIGH)?;
    if last.train.error_measure() != ErrorMeasure::MISCLASSIFIED {
        return None;
    }
    let held = last.validation.as_ref().and_then(share);
    let held = held.map_or(String::new(), |held| format!(", validation {}", percent(held)));
    let seen = format!(
        "training {} {}{held}: underfitting, more examples would not help",
        error_name(&last.train),
        percent(error)
    );
    Some(finding(
        Symptom::Underfitting,
        seen,
        "train for more epochs, or take a larger network or a smaller λ",
    ))
}

/// Finds a model that is right no more often than by naming the most frequent class, and tells no class from another.
fn guessing(record: &Record) -> Option<Finding> {
    let classified = record.classified.as_ref()?;
    let confusion = &classified.confusion;
    let total = confusion.total();
    let supports = confusion.counts().row_iter().map(|row| row.iter().sum::<usize>());
    // the first of several
    let (class, most) =
        supports.enumerate().max_by_key(|&(class, count)| (count, std::cmp::Reverse(class)))?;
    if total == 0 || most == total {
        return None;
    }
    let [right, guessed] = [confusion.correct(), most].map(|count| count as f64 / total as f64);
    if right - guessed > ERRORS * (guessed * (1.0 - guessed) / total as f64).sqrt() || tells_apart(confusion)
    {
        return None;
    }
    let seen = format!(
        "{} of the held-out examples are right, and {} would be by always naming the most frequent class, {}: \
         nothing is learned",
        percent(right),
        percent(guessed),
        classified.name(class)
    );
    let advice =
        "check that the labels belong to their examples, then change the learning rate by a factor of 3";
    Some(finding(Symptom::NoBetterThanGuessing, seen, advice))
}

/// Returns true if the mean recall of the classes is above that of guessing, by no accident. A model that finds half of a
/// rare class has hardly more right answers than one that never names it.
fn tells_apart(confusion: &Confusion) -> bool {
    let counts = confusion.counts();
    let rows = counts.row_iter().enumerate();
    let classes: Vec<_> =
        rows.map(|(class, row)| (row[class] as f64, row.iter().sum::<usize>() as f64)).collect();
    let held = || classes.iter().filter(|&&(_, count)| count > 0.0);
    let number = held().count() as f64;
    let recall = held().map(|(right, count)| right / count).sum::<f64>() / number;
    let chance = 1.0 / number;
    let variance = held().map(|(_, count)| chance * (1.0 - chance) / count).sum::<f64>() / number.powi(2);
    recall - chance > ERRORS * variance.sqrt()
}

/// Returns the error if it decides and is a share of the examples.
fn share(measure: &Measure) -> Option<f64> {
    measure.deciding_error().filter(|_| measure.error_measure().is_share)
}

/// Returns the name of a measure's error.
fn error_name(measure: &Measure) -> &'static str {
    measure.error_measure().name
}

fn still_learning(record: &Record) -> Option<Finding> {
    let measures: Vec<(f64, bool)> = record
        .epochs
        .iter()
        .filter_map(|epoch| epoch.validation)
        .map(|measure| share(&measure).map_or((measure.loss, false), |error| (error, true)))
        .collect();
    let (&(last, is_error), before) = measures.split_last()?;
    let quarter = measures.len() / 4;
    let earlier = before.get(measures.len().checked_sub(1 + quarter.max(1))?)?.0;
    let best = before.iter().all(|&(measure, _)| last < measure);
    if quarter == 0 || !best || earlier - last < BETTER * earlier.abs() {
        return None;
    }
    let (what, from, to) = if is_error {
        let measure = record.epochs.iter().rev().find_map(|epoch| epoch.validation)?;
        (error_name(&measure), percent(earlier), percent(last))
    } else {
        ("loss", number(earlier), number(last))
    };
    let seen = format!("validation {what} still falls at the end, from {from} to {to}");
    Some(finding(Symptom::StillLearning, seen, "train for more epochs"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::train::Epoch;

    /// Returns the symptoms of a run with these measures of training and validation.
    fn symptoms(examples: usize, epochs: impl IntoIterator<Item = [Measure; 2]>) -> Vec<Symptom> {
        let epochs = epochs.into_iter().zip(1..).map(|([train, validation], number)| Epoch {
            number,
            train,
            validation: Some(validation),
            metrics: Vec::new(),
            learning_rate: 0.1,
            gradient_norm: None,
            seconds: 1.0,
            examples_per_second: 1.0,
        });
        let record = Record { examples, epochs: epochs.collect(), ..Record::default() };
        diagnose(&record).iter().map(|finding| finding.symptom).collect()
    }

    fn losses(losses: &[[f64; 2]]) -> Vec<Symptom> {
        symptoms(100, losses.iter().map(|pair| pair.map(|loss| Measure { loss, error: None, kind: None })))
    }

    #[test]
    fn negative_losses_are_compared_like_positive_ones() {
        // the validation loss is near its smallest, or best in the last epoch by hardly anything
        assert_eq!(losses(&[[-9.0, -9.0], [-10.0, -10.0], [-11.0, -9.99]]), []);
        assert_eq!(losses(&[[-9.0, -10.0], [-9.1, -10.01], [-9.2, -10.02], [-9.3, -10.03]]), []);
        assert_eq!(losses(&[[-9.0, -9.0], [-10.0, -10.0], [-11.0, -8.9]]), [Symptom::Overfitting]);
        let improving = [[-9.0, -7.0], [-9.1, -8.0], [-9.2, -9.0], [-9.3, -10.0]];
        assert_eq!(losses(&improving), [Symptom::StillLearning]);
        // as before
        assert_eq!(losses(&[[9.0, 9.0], [8.0, 8.0], [7.0, 8.7]]), []);
        assert_eq!(losses(&[[9.0, 9.0], [8.0, 8.0], [7.0, 8.9]]), [Symptom::Overfitting]);
    }

    #[test]
    fn a_model_that_finds_a_rare_class_does_not_guess() {
        let of = |found: usize, beside: usize| {
            let mut confusion = Confusion::new(2);
            (0..990).for_each(|_| confusion.count(0, 0));
            (0..found).for_each(|_| confusion.count(1, 1));
            (0..beside).for_each(|_| confusion.count(1, 0));
            confusion
        };
        // 99.5 % right are hardly more than the 99 % of always naming the frequent class
        assert!(tells_apart(&of(5, 5)));
        assert!(!tells_apart(&of(1, 9)) && !tells_apart(&of(0, 10)));
    }

    #[test]
    fn only_misclassified_examples_have_a_binomial_standard_error() {
        let of = |kind| {
            let measure = |error| Measure { loss: 0.5, error: Some(error), kind: Some(kind) };
            symptoms(20, [[measure(0.1), measure(0.2)]])
        };
        assert_eq!(of(ErrorMeasure::MISCLASSIFIED), []);
        assert_eq!(of(ErrorMeasure::WRONG_ANSWERS), [Symptom::Overfitting]);
        assert_eq!(of(ErrorMeasure::MEAN_OVERLAP), [Symptom::Overfitting]);
    }
}
