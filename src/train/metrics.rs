//! How good a model is.

use std::fmt;

use super::batches::{Minibatch, Reading, Source};
use super::tally::Tally;
use super::{Confusion, Interval, Measure, Trainer};
use crate::data::{EvaluationData, Renumbered, TargetsFor};
use crate::loss::largest;
use crate::{
    Dataset, Declared, Layer, Loss, Model, Predictor, Result, Scalar, Shape, SoftmaxCrossEntropy, Threads,
};
use plywood_kernel::aligned::Aligned;
use plywood_kernel::threads::parallel::over;

/// How well a model classifies a data set.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Evaluation {
    /// The mean [cross-entropy](SoftmaxCrossEntropy).
    pub loss: f64,
    /// The share of examples that are classified wrong, from 0 to 1.
    pub error: f64,
    /// Examples that are classified right.
    pub correct: usize,
    /// Examples.
    pub count: usize,
    /// Which class was taken for which; examples that got a NaN for a score were taken for none and are not in it.
    pub confusion: Confusion,
    /// How many examples have so many scores before that of their own class: number 0 counts those that are classified
    /// right. Examples that got a NaN for a score are not counted.
    pub ranks: Vec<usize>,
}

impl Evaluation {
    /// The share of examples that are classified right, from 0 to 1.
    #[must_use]
    pub fn accuracy(&self) -> f64 {
        self.correct as f64 / self.count as f64
    }

    /// The share of examples whose class has one of the `k` largest scores, from 0 to 1: the top-k accuracy. Of equal
    /// scores, that of the lower class is taken as the larger one.
    #[must_use]
    pub fn top(&self, k: usize) -> f64 {
        self.ranks.iter().take(k).sum::<usize>() as f64 / self.count as f64
    }

    /// An interval that holds the true error with some confidence, if the examples are independent of each other and
    /// were not looked at before: [`Interval::wilson`].
    ///
    /// # Errors
    /// [`Error::Argument`](crate::Error::Argument) when the confidence is not between 0 and 1.
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

/// Measures how well a model classifies a data set, in evaluation mode. An example's class is the output with
/// the largest score, the first of several; with a NaN among its scores it counts as wrong. The result does not
/// depend on the number of threads.
///
/// Where the [model](Model::class_names) and the [data](Dataset::class_names) name their classes, they are matched by name: data
/// that lacks a class, and so numbers the others otherwise, is judged by the right ones.
///
/// # Errors
/// [`Error::Data`](crate::Error::Data) for data that is empty or has a number that is not finite or a label
/// that the network has no output for; for a class whose name is none of the model's.
pub fn evaluate<N, T, D>(model: &Model<N, T>, data: &D, threads: &Threads) -> Result<Evaluation>
where
    N: Layer,
    T: Scalar,
    D: EvaluationData<Data: Dataset<Example = N::In, Target = usize>>,
    SoftmaxCrossEntropy: Loss<N::Out, Target = usize>,
{
    let () = <SoftmaxCrossEntropy as Loss<N::Out>>::SUITS;
    let data = Renumbered::new("evaluation data", model.class_names(), data.dataset())?;
    let source = Source::new("evaluation data", &data, &SoftmaxCrossEntropy)?;
    let chunks = threads.run(|| {
        over_chunks(model, &source, &|outputs, labels| {
            let scores = outputs.chunks_exact(N::Out::LEN).zip(labels);
            let places: Vec<_> =
                scores.map(|(scores, &label)| Some((label, place(scores, label)?))).collect();
            (tally(source.loss(), outputs, labels), places)
        })
    })?;
    let mut total = Tally::default();
    let mut confusion = Confusion::new(N::Out::LEN);
    let mut ranks = vec![0; N::Out::LEN];
    for (tally, places) in chunks {
        total = total.plus(tally);
        for (actual, (predicted, rank)) in places.into_iter().flatten() {
            confusion.count(actual, predicted);
            ranks[rank] += 1;
        }
    }
    let (correct, count) = (confusion.correct(), total.count);
    let Measure { loss, .. } = total.measure();
    Ok(Evaluation { loss, error: (count - correct) as f64 / count as f64, correct, count, confusion, ranks })
}

impl<O, L> Trainer<O, L> {
    /// Measures a model on data with this trainer's loss, in evaluation mode and on its threads: for tasks that are not
    /// classification, or with the loss that is trained. For classes, [`evaluate`] tells more.
    ///
    /// # Errors
    /// [`Error::Data`](crate::Error::Data) for data that is empty or has a number that is not finite or a target that the
    /// loss cannot use.
    pub fn measure<N, T, D>(&self, model: &Model<N, T>, data: &D) -> Result<Measure>
    where
        N: Layer,
        T: Scalar,
        L: Loss<N::Out>,
        D: EvaluationData<Data: Dataset<Example = N::In>>,
        D::Data: TargetsFor<L, L::Target, <D::Data as Dataset>::Target>,
    {
        let () = L::SUITS;
        let source = Source::new("evaluation data", data.dataset(), &self.loss)?;
        Ok(self.threads.run(|| measure(model, &source))?.measure())
    }
}

/// The class with the largest score, and how many scores are before that of a label; `None` with a NaN.
pub(super) fn place<T: Scalar>(scores: &[T], label: usize) -> Option<(usize, usize)> {
    let predicted = largest(scores)?;
    let before =
        |(class, score): &(usize, &T)| **score > scores[label] || **score == scores[label] && *class < label;
    Some((predicted, scores.iter().enumerate().filter(before).count()))
}

/// Loss and mistakes of a model in evaluation mode, on the threads of the pool that it is called in.
pub(super) fn measure<N, T, D, L>(model: &Model<N, T>, source: &Source<'_, D, L>) -> Result<Tally>
where
    N: Layer,
    T: Scalar,
    L: Loss<N::Out>,
    D: Dataset<Example = N::In, Target = L::Target>,
{
    let chunks = over_chunks(model, source, &|outputs, targets| tally(source.loss(), outputs, targets))?;
    Ok(chunks.into_iter().fold(Tally::default(), Tally::plus))
}

fn tally<Out: Shape, T: Scalar, L: Loss<Out>>(loss: &L, outputs: &[T], targets: &[L::Target]) -> Tally {
    let count = targets.len();
    let loss_sum = loss.value(outputs, targets) * count as f64;
    Tally { count, loss_sum, mistakes: loss.mistakes(outputs, targets) }
}

/// Calls `visit(outputs, targets)` for chunks of the data, spread over the threads, and gives what it returned
/// in the order of the data. Chunks are the same whatever the number of threads, and so are sums over them.
fn over_chunks<N, T, D, L, R>(
    model: &Model<N, T>,
    source: &Source<'_, D, L>,
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

    let mut results: Vec<_> = std::iter::repeat_with(|| None).take(source.len().div_ceil(CHUNK)).collect();
    let operations = source.len() * (N::FLOPS / 2 + N::In::LEN);
    over(&mut results[..], operations, &|first, results: &mut [Option<Result<R>>]| {
        let mut predictor = Predictor::new(model);
        let mut minibatch = Minibatch::<T, D>::new(source, CHUNK);
        let mut outputs = Aligned::zeros(N::Out::LEN * CHUNK);
        let mut indices = Vec::with_capacity(CHUNK);
        for (chunk, result) in results.iter_mut().enumerate() {
            let start = (first + chunk) * CHUNK;
            indices.clear();
            indices.extend(start..source.len().min(start + CHUNK));
            *result = Some(minibatch.read(source, &indices, Reading::Plain).map(|(x, targets)| {
                let outputs = &mut outputs[..N::Out::LEN * targets.len()];
                predictor.infer_into(x, outputs);
                visit(outputs, targets)
            }));
        }
    });
    results.into_iter().flatten().collect()
}
