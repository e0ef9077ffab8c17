//! Defines metrics: named measures of outputs beside the loss.

use std::fmt;
use std::sync::Arc;

use crate::core::Shape;
use crate::error::{Error, Result};
use crate::loss::{Unfit, identifier};
use plywood_kernel::Scalar;

/// The direction in which a metric gets better.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Better {
    /// Smaller values are better, as for an error.
    Smaller,
    /// Larger values are better, as for an accuracy.
    Larger,
}

/// Measures outputs of shape `Out` against targets, beside the loss and under a name.
///
/// A metric is computed from sums over examples, so that data of any size is measured batch by batch and in any number
/// of threads, with the same bits. [`metrics`](crate::eval::metrics) has the usual ones.
///
/// [`Run::metric`](crate::train::Run::metric) measures the validation data by a metric after each epoch. Its values are
/// then in the history, the log, the progress, the event files and the report, and
/// [`Trainer::monitor`](crate::Trainer::monitor) can let it decide which epoch is best.
/// [`measure_by`](crate::eval::measure_by) measures a trained model.
///
/// # Examples
/// ```
/// use plywood::eval::{Better, Metric};
/// use plywood::layers::Dense;
/// use plywood::loss::MeanSquaredError;
/// use plywood::train::Monitor;
/// use plywood::{Dataset, Flat, Model, Scalar, Trainer};
///
/// /// The share of numbers that are within 10 % of the target.
/// struct Close;
///
/// impl<const N: usize> Metric<Flat<N>, [f32; N]> for Close {
///     fn name(&self) -> String {
///         "close".to_owned()
///     }
///     fn better(&self) -> Better {
///         Better::Larger
///     }
///     fn is_share(&self) -> bool {
///         true
///     }
///     fn sums(&self) -> usize {
///         1
///     }
///     fn add<T: Scalar>(&self, outputs: &[T], targets: &[[f32; N]], sums: &mut [f64]) {
///         let numbers = outputs.iter().zip(targets.as_flattened());
///         let is_close = |&(y, &t): &(&T, &f32)| (y.to_f64() - f64::from(t)).abs() < 0.1 * f64::from(t.abs());
///         sums[0] += numbers.filter(is_close).count() as f64;
///     }
///     fn value(&self, sums: &[f64], examples: usize) -> f64 {
///         sums[0] / (N * examples) as f64
///     }
/// }
/// # struct Line;
/// # impl Dataset for Line {
/// #     type Example = Flat<1>;
/// #     type Target = [f32; 1];
/// #     fn len(&self) -> usize { 10 }
/// #     fn read<T: Scalar>(&self, index: usize, x: &mut [T]) -> [f32; 1] {
/// #         x[0] = T::of(index as f64 / 10.0);
/// #         [2.0 * index as f32 / 10.0 + 1.0]
/// #     }
/// # }
///
/// let trainer = Trainer::new().epochs(5).loss(MeanSquaredError).keep_best(true).monitor(Monitor::metric("close"));
/// let mut model = Model::<Dense<1, 1>>::new(1);
/// let history = trainer.run(&mut model, &Line).validate(&Line).metric(&Close).fit()?;
/// assert!(history.epochs[0].metric("close").is_some());
/// # Ok::<(), plywood::Error>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not measure outputs of shape `{Out}` against targets of type `{Target}`",
    label = "expected a metric of these outputs and targets",
    note = "the documentation of `plywood::eval::metrics` says what each metric measures"
)]
pub trait Metric<Out: Shape, Target>: Sync {
    /// Returns the name, by which the metric is shown and monitored.
    ///
    /// In lower-case letters, digits and underscores, it also names columns of files: `top 5` is the column
    /// `validation_top_5` of a log.
    fn name(&self) -> String;

    /// Returns the direction in which the metric gets better.
    fn better(&self) -> Better;

    /// Returns true if values are shares from 0 to 1, which are shown in percent.
    fn is_share(&self) -> bool {
        false
    }

    /// Checks the metric's own settings, before anything is measured.
    ///
    /// # Errors
    /// Returns [`Error::Argument`] for a setting outside its range.
    fn check(&self) -> Result<()> {
        Ok(())
    }

    /// Checks that an output can be compared with this target.
    ///
    /// Targets come from data, so each is checked before it reaches the metric.
    ///
    /// # Errors
    /// Returns [`Unfit`], with what was found and what was expected.
    fn check_target(&self, target: &Target) -> Result<(), Unfit> {
        let _ = target;
        Ok(())
    }

    /// Returns the number of sums over examples from which the value is computed.
    fn sums(&self) -> usize;

    /// Adds what a batch of outputs contributes to each of the sums.
    ///
    /// # Shapes
    /// `outputs` holds `Out::LEN` numbers for each target, in the [order of a batch](Shape#the-order-of-a-batch): that
    /// of the targets, for a pair of shapes part after part.
    fn add<T: Scalar>(&self, outputs: &[T], targets: &[Target], sums: &mut [f64]);

    /// Returns the value over a number of examples from their sums, NaN if it has none.
    fn value(&self, sums: &[f64], examples: usize) -> f64;
}

impl<Out: Shape, Target, M: Metric<Out, Target> + ?Sized> Metric<Out, Target> for &M {
    fn name(&self) -> String {
        (**self).name()
    }
    fn better(&self) -> Better {
        (**self).better()
    }
    fn is_share(&self) -> bool {
        (**self).is_share()
    }
    fn check(&self) -> Result<()> {
        (**self).check()
    }
    fn check_target(&self, target: &Target) -> Result<(), Unfit> {
        (**self).check_target(target)
    }
    fn sums(&self) -> usize {
        (**self).sums()
    }
    fn add<T: Scalar>(&self, outputs: &[T], targets: &[Target], sums: &mut [f64]) {
        (**self).add(outputs, targets, sums);
    }
    fn value(&self, sums: &[f64], examples: usize) -> f64 {
        (**self).value(sums, examples)
    }
}

/// The value of a metric on validation data.
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub struct MetricValue {
    /// The name of the metric.
    pub name: Arc<str>,
    /// The value, NaN if it has none.
    pub value: f64,
    /// The direction in which the metric gets better.
    pub better: Better,
    /// True if values are shares from 0 to 1.
    pub is_share: bool,
}

impl MetricValue {
    /// Formats the value, `-` for none.
    pub(crate) fn formatted(&self) -> String {
        if self.value.is_nan() { "-".to_owned() } else { crate::loss::format(self.is_share, self.value) }
    }
}

impl fmt::Debug for MetricValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {:?}", self.name, self.value)
    }
}

/// A list of metrics: [`()`](unit), or a list and one more. [`Run::metric`](crate::train::Run::metric) makes it.
pub trait Metrics<Out: Shape, Target>: Sync {
    /// Adds descriptions of the metrics to a list.
    ///
    /// # Errors
    /// Returns the first error of [`Metric::check`].
    #[doc(hidden)]
    fn describe(&self, list: &mut Vec<Described>) -> Result<()>;

    /// Checks that all metrics can compare an output with a target.
    ///
    /// # Errors
    /// Returns the first error of [`Metric::check_target`].
    #[doc(hidden)]
    fn check_target(&self, target: &Target) -> Result<(), Unfit>;

    /// Adds a batch to the sums of all metrics, and returns the number of those sums.
    #[doc(hidden)]
    fn add<T: Scalar>(&self, outputs: &[T], targets: &[Target], sums: &mut [f64]) -> usize;

    /// Adds the values of all metrics to a list, and returns the number of their sums.
    #[doc(hidden)]
    fn values(&self, sums: &[f64], examples: usize, list: &mut Vec<f64>) -> usize;

    /// Returns descriptions of the metrics.
    ///
    /// # Errors
    /// Returns [`Error::Argument`] for a setting or a name that cannot be used, and for two metrics of one name.
    #[doc(hidden)]
    fn described(&self) -> Result<Vec<Described>> {
        let mut list: Vec<Described> = Vec::new();
        self.describe(&mut list)?;
        for (index, Described { name, .. }) in list.iter().enumerate() {
            check_name(name)?;
            if list[..index].iter().any(|other| identifier(&other.name) == identifier(name)) {
                return Err(Error::argument(
                    "metrics",
                    format!("two named `{name}`"),
                    "a name of its own for each",
                ));
            }
        }
        Ok(list)
    }
}

impl<Out: Shape, Target> Metrics<Out, Target> for () {
    fn describe(&self, _: &mut Vec<Described>) -> Result<()> {
        Ok(())
    }
    fn check_target(&self, _: &Target) -> Result<(), Unfit> {
        Ok(())
    }
    fn add<T: Scalar>(&self, _: &[T], _: &[Target], _: &mut [f64]) -> usize {
        0
    }
    fn values(&self, _: &[f64], _: usize, _: &mut Vec<f64>) -> usize {
        0
    }
}

impl<Out: Shape, Target, A: Metrics<Out, Target>, B: Metric<Out, Target>> Metrics<Out, Target> for (A, B) {
    fn describe(&self, list: &mut Vec<Described>) -> Result<()> {
        self.0.describe(list)?;
        self.1.check()?;
        let (name, better, is_share) = (self.1.name().into(), self.1.better(), self.1.is_share());
        list.push(Described { name, better, is_share, sums: self.1.sums() });
        Ok(())
    }
    fn check_target(&self, target: &Target) -> Result<(), Unfit> {
        self.0.check_target(target)?;
        self.1.check_target(target)
    }
    fn add<T: Scalar>(&self, outputs: &[T], targets: &[Target], sums: &mut [f64]) -> usize {
        let before = self.0.add(outputs, targets, sums);
        let end = before + self.1.sums();
        self.1.add(outputs, targets, &mut sums[before..end]);
        end
    }
    fn values(&self, sums: &[f64], examples: usize, list: &mut Vec<f64>) -> usize {
        let before = self.0.values(sums, examples, list);
        let end = before + self.1.sums();
        list.push(self.1.value(&sums[before..end], examples));
        end
    }
}

impl<Out: Shape, Target, M: Metrics<Out, Target>> Metrics<Out, Target> for &M {
    fn describe(&self, list: &mut Vec<Described>) -> Result<()> {
        (**self).describe(list)
    }
    fn check_target(&self, target: &Target) -> Result<(), Unfit> {
        (**self).check_target(target)
    }
    fn add<T: Scalar>(&self, outputs: &[T], targets: &[Target], sums: &mut [f64]) -> usize {
        (**self).add(outputs, targets, sums)
    }
    fn values(&self, sums: &[f64], examples: usize, list: &mut Vec<f64>) -> usize {
        (**self).values(sums, examples, list)
    }
}

/// The description of a metric.
#[derive(Debug, Clone)]
#[doc(hidden)]
pub struct Described {
    pub(crate) name: Arc<str>,
    pub(crate) better: Better,
    pub(crate) is_share: bool,
    sums: usize,
}

impl Described {
    /// Returns the number of sums of some metrics.
    pub(crate) fn sums(list: &[Self]) -> usize {
        list.iter().map(|metric| metric.sums).sum()
    }

    /// Returns a value of the metric.
    pub(crate) fn with(&self, value: f64) -> MetricValue {
        MetricValue { name: Arc::clone(&self.name), value, better: self.better, is_share: self.is_share }
    }
}

/// Refuses a name that is none, or that cannot name a column.
fn check_name(name: &str) -> Result<()> {
    let identifier = identifier(name);
    let is_taken = ["", "loss", "error"].contains(&&*identifier);
    if is_taken || name.chars().any(char::is_control) {
        let expected = "a name with a letter or digit and without line breaks, other than `loss` and `error`";
        return Err(Error::argument("name of a metric", format!("{name:?}"), expected));
    }
    Ok(())
}
