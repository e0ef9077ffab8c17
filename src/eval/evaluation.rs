//! Evaluates models.

use std::fmt;

use crate::core::{Declared, Layer, Shape, order};
use crate::data::{Dataset, EvaluationData, Renumbered, check_classes_of_model, check_target_scales};
use crate::error::Result;
use crate::eval::minibatches::{CheckedData, Minibatch, Reading};
use crate::eval::{Confusion, Described, Interval, Measure, Metric, Metrics, Tally};
use crate::loss::{Loss, SoftmaxCrossEntropy, Unfit, largest};
use crate::model::{Model, Predictor};
use plywood_kernel::aligned::Aligned;
use plywood_kernel::threads::parallel::over;
use plywood_kernel::{Scalar, Threads};

/// The measures of a model that classifies a data set.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Evaluation {
    /// The mean [cross-entropy](SoftmaxCrossEntropy).
    pub loss: f64,
    /// The share of misclassified examples, from 0 to 1.
    pub error: f64,
    /// The number of correctly classified examples.
    pub correct: usize,
    /// The number of examples.
    pub count: usize,
    /// The confusion matrix. Examples with a NaN among their scores have no predicted class and are not in it.
    pub confusion: Confusion,
    /// The number of examples by the rank of their own class.
    ///
    /// Entry k counts the examples with exactly k scores before that of their class, so entry 0 counts those that are
    /// classified correctly. Examples with a NaN among their scores are not counted.
    pub ranks: Vec<usize>,
}

impl Evaluation {
    /// Returns the share of correctly classified examples, from 0 to 1.
    #[must_use]
    pub fn accuracy(&self) -> f64 {
        self.correct as f64 / self.count as f64
    }

    /// Returns the top-k accuracy: the share of examples whose class has one of the `k` largest scores, from 0 to 1.
    ///
    /// Of equal scores, that of the lower class counts as the larger one.
    #[must_use]
    pub fn top(&self, k: usize) -> f64 {
        self.ranks.iter().take(k).sum::<usize>() as f64 / self.count as f64
    }

    /// Returns an interval that contains the true error with the given confidence: [`Interval::wilson`].
    ///
    /// It is valid if the examples are independent of each other and were not looked at before.
    ///
    /// # Errors
    /// Returns [`Error::Argument`](crate::Error::Argument) if the confidence is not between 0 and 1.
    pub fn error_interval(&self, confidence: f64) -> Result<Interval> {
        Interval::wilson(self.count - self.correct, self.count, confidence)
    }
}

impl fmt::Display for Evaluation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { loss, error, correct, count, .. } = self;
        write!(f, "error {:.2} %, {correct} of {count} right, loss {loss:.4}", 100.0 * error)?;
        match self.error_interval(0.95) {
            Ok(interval) => write!(f, "; the true error is {interval}"),
            Err(_) => Ok(()),
        }
    }
}

/// Measures how well a model classifies a data set, in evaluation mode.
///
/// The predicted class of an example is the output with the largest score, the first of several. An example with a NaN
/// among its scores counts as wrong. All processors compute, and the result does not depend on their number;
/// [`evaluate_on`] takes other [`Threads`].
///
/// If both the [model](Model::class_names) and the [data](Dataset::class_names) name their classes, classes are matched
/// by name. Data that lacks a class, and so numbers the others differently, is then still judged correctly.
///
/// # Errors
/// Returns [`Error::Data`](crate::Error::Data) for empty data, a number that is not finite, a label for which the
/// network has no output, or a class whose name is none of the model's.
pub fn evaluate<N, T, D>(model: &Model<N, T>, data: &D) -> Result<Evaluation>
where
    N: Layer,
    T: Scalar,
    D: EvaluationData<Data: Dataset<Example = N::In, Target = usize>>,
    SoftmaxCrossEntropy: Loss<N::Out, Target = usize>,
{
    let () = <SoftmaxCrossEntropy as Loss<N::Out>>::SUITS;
    evaluate_on(&Threads::all()?, model, data)
}

/// Measures as [`evaluate`] does, on the given threads.
///
/// # Errors
/// Returns the errors of [`evaluate`].
pub fn evaluate_on<N, T, D>(threads: &Threads, model: &Model<N, T>, data: &D) -> Result<Evaluation>
where
    N: Layer,
    T: Scalar,
    D: EvaluationData<Data: Dataset<Example = N::In, Target = usize>>,
    SoftmaxCrossEntropy: Loss<N::Out, Target = usize>,
{
    let () = <SoftmaxCrossEntropy as Loss<N::Out>>::SUITS;
    let data = Renumbered::new("evaluation data", model.class_names(), data.dataset())?;
    let source = CheckedData::new("evaluation data", &data, &SoftmaxCrossEntropy)?;
    let chunks = threads.run(|| {
        over_chunks(model, &source, &|outputs, labels| {
            let scores = outputs.chunks_exact(N::Out::LEN).zip(labels);
            let places: Vec<_> =
                scores.map(|(scores, &label)| Some((label, place(scores, label)?))).collect();
            (Tally::of(source.loss(), outputs, labels), places)
        })
    })?;
    let mut total = Tally::new::<N::Out, SoftmaxCrossEntropy>();
    let mut confusion = Confusion::new(N::Out::LEN);
    let mut ranks = vec![0; N::Out::LEN];
    for (tally, places) in chunks {
        total.add(&tally);
        for (actual, (predicted, rank)) in places.into_iter().flatten() {
            confusion.count(actual, predicted);
            ranks[rank] += 1;
        }
    }
    let (correct, count) = (confusion.correct(), total.count);
    let Measure { loss, .. } = total.measure::<N::Out, _>(&SoftmaxCrossEntropy);
    Ok(Evaluation { loss, error: (count - correct) as f64 / count as f64, correct, count, confusion, ranks })
}

/// Returns the class with the largest score and the rank of a label's score, or `None` if a score is NaN or the label
/// is no class.
pub(crate) fn place<T: Scalar>(scores: &[T], label: usize) -> Option<(usize, usize)> {
    let (predicted, own) = (largest(scores)?, *scores.get(label)?);
    let before = |(class, score): &(usize, &T)| **score > own || **score == own && *class < label;
    Some((predicted, scores.iter().enumerate().filter(before).count()))
}

/// Measures a model by a [metric](crate::eval::metrics), in evaluation mode and on all processors.
///
/// The result does not depend on the number of processors. It is NaN where the metric has no value.
///
/// A model that was trained on [scaled targets](crate::data::ScaledTargets) is measured in the units of the data's
/// targets: in their own, or in those of training for data that is scaled like that of training.
///
/// # Errors
/// Returns [`Error::Data`](crate::Error::Data) for empty data, a number that is not finite, a target that the metric
/// cannot use, data whose classes have other names than the model's, or data with other scales of targets;
/// [`Error::Argument`](crate::Error::Argument) for a setting of the metric that cannot be used.
///
/// # Examples
/// ```
/// use plywood::data::digits;
/// use plywood::eval::{measure_by, metrics::TopK};
/// use plywood::{Model, network};
///
/// network! { Reader: Image<28, 28, 1> => Flat<10> { flatten, dense(10) } }
///
/// let top_3 = measure_by(&Model::<Reader>::new(1), &digits(100, 1), &TopK(3))?;
/// assert!((0.0..=1.0).contains(&top_3));
/// # Ok::<(), plywood::Error>(())
/// ```
pub fn measure_by<N, T, D, M>(model: &Model<N, T>, data: &D, metric: &M) -> Result<f64>
where
    N: Layer,
    T: Scalar,
    D: EvaluationData<Data: Dataset<Example = N::In>>,
    M: Metric<N::Out, <D::Data as Dataset>::Target>,
{
    let list = ((), metric);
    let described = list.described()?;
    check_classes_of_model(model.class_names(), data.dataset())?;
    let source = CheckedData::new("evaluation data", data.dataset(), &Unjudged::<D::Data>::NEW)?;
    let (_, sums) = Threads::all()?.run(|| measure(model, &source, &list, Described::sums(&described)))?;
    Ok(metric.value(&sums, source.len()))
}

/// A loss that is always 0, for measuring by a metric alone.
struct Unjudged<D>(std::marker::PhantomData<fn(D)>);

impl<D> Unjudged<D> {
    const NEW: Self = Self(std::marker::PhantomData);
}

impl<Out: Shape, D: Dataset> Loss<Out> for Unjudged<D> {
    type Target = D::Target;

    fn value<T: Scalar>(&self, _: &[T], _: &[D::Target]) -> f64 {
        0.0
    }
    fn gradient<T: Scalar>(&self, _: &[T], _: &[D::Target], d_outputs: &mut [T]) -> f64 {
        d_outputs.fill(T::ZERO);
        0.0
    }
}

/// A loss that also checks targets for metrics.
pub(crate) struct Checks<'a, L, M> {
    loss: &'a L,
    metrics: &'a M,
}

impl<'a, L, M> Checks<'a, L, M> {
    /// Returns a loss whose targets the metrics must be able to use.
    pub(crate) fn new(loss: &'a L, metrics: &'a M) -> Self {
        Self { loss, metrics }
    }
}

impl<Out: Shape, L: Loss<Out>, M: Metrics<Out, L::Target>> Loss<Out> for Checks<'_, L, M> {
    type Target = L::Target;

    fn value<T: Scalar>(&self, outputs: &[T], targets: &[L::Target]) -> f64 {
        self.loss.value(outputs, targets)
    }
    fn gradient<T: Scalar>(&self, outputs: &[T], targets: &[L::Target], d_outputs: &mut [T]) -> f64 {
        self.loss.gradient(outputs, targets, d_outputs)
    }
    fn check(&self, target: L::Target) -> Result<(), Unfit> {
        self.loss.check(target)?;
        self.metrics.check_target(&target)
    }
}

/// Measures the loss and the error of a model in evaluation mode, on the threads of the current pool, and returns the
/// sums of the metrics too.
pub(crate) fn measure<N, T, D, L, M>(
    model: &Model<N, T>,
    source: &CheckedData<'_, D, L>,
    metrics: &M,
    metric_sums: usize,
) -> Result<(Tally, Vec<f64>)>
where
    N: Layer,
    T: Scalar,
    L: Loss<N::Out>,
    D: Dataset<Example = N::In, Target = L::Target>,
    M: Metrics<N::Out, L::Target>,
{
    let checks = Checks::new(source.loss(), metrics);
    let chunks = over_chunks(model, &source.with_loss(&checks), &|outputs, targets| {
        let mut sums = vec![0.0; metric_sums];
        metrics.add(outputs, targets, &mut sums);
        (Tally::of(source.loss(), outputs, targets), sums)
    })?;
    let mut total = (Tally::new::<N::Out, L>(), vec![0.0; metric_sums]);
    for (tally, sums) in chunks {
        total.0.add(&tally);
        total.1.iter_mut().zip(sums).for_each(|(total, sum)| *total += sum);
    }
    Ok(total)
}

/// Calls `visit(outputs, targets)`, with outputs in the [order of a batch](Shape#the-order-of-a-batch), for chunks of
/// the data, spread over the threads, and returns its results in the order of the data.
///
/// The chunks are the same for any number of threads, and so are sums over them.
fn over_chunks<N, T, D, L, R>(
    model: &Model<N, T>,
    source: &CheckedData<'_, D, L>,
    visit: &(impl Fn(&[T], &[D::Target]) -> R + Sync),
) -> Result<Vec<R>>
where
    N: Layer,
    T: Scalar,
    L: Loss<N::Out, Target = D::Target>,
    D: Dataset<Example = N::In>,
    R: Send,
{
    const CHUNK: usize = 64;

    let scales = source.data().target_scales();
    if scales.is_some() {
        check_target_scales("evaluation data", "those of the model", model.target_scales(), scales)?;
    }
    let mut results: Vec<_> = std::iter::repeat_with(|| None).take(source.len().div_ceil(CHUNK)).collect();
    let operations = source.len() * (N::FLOPS / 2 + N::In::LEN);
    over(&mut results[..], operations, &|first, results: &mut [Option<Result<R>>]| {
        let mut predictor = Predictor::new(model);
        let mut minibatch = Minibatch::<T, D>::new(source, CHUNK);
        let mut outputs = Aligned::zeros(N::Out::LEN * CHUNK);
        let mut in_order = Aligned::zeros(if N::Out::DIMS.is_pair() { outputs.len() } else { 0 });
        let mut indices = Vec::with_capacity(CHUNK);
        for (chunk, result) in results.iter_mut().enumerate() {
            let start = (first + chunk) * CHUNK;
            indices.clear();
            indices.extend(start..source.len().min(start + CHUNK));
            *result = Some(minibatch.read(source, &indices, Reading::Plain).map(|(x, targets)| {
                let outputs = &mut outputs[..N::Out::LEN * targets.len()];
                match scales {
                    // targets are in their own units, and so are predictions
                    None => predictor.predict_into(x, outputs),
                    Some(_) => predictor.infer_into(x, outputs),
                }
                if N::Out::DIMS.is_pair() {
                    let in_order = &mut in_order[..outputs.len()];
                    order::to_batch::<N::Out, T>(outputs, in_order);
                    visit(in_order, targets)
                } else {
                    visit(outputs, targets)
                }
            }));
        }
    });
    results.into_iter().flatten().collect()
}
