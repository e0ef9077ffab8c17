//! Classifies held-out examples: the confusions and the most confident mistakes.

use crate::core::{Layer, Shape};
use crate::data::{ClassNumbers, Dataset, EvaluationData};
use crate::error::{Error, Result};
use crate::eval::{Confusion, place};
use crate::loss::softmax;
use crate::model::{Model, Predictor};
use plywood_kernel::Scalar;

/// The classification of held-out examples.
#[derive(Debug, Clone, PartialEq)]
pub struct Classified {
    /// The confusion matrix.
    pub confusion: Confusion,
    /// The names of the classes, where the model or the data knows them.
    pub names: Option<Vec<String>>,
    /// The number of examples by the rank of their own class, as in
    /// [`Evaluation::ranks`](crate::eval::Evaluation::ranks).
    pub ranks: Vec<usize>,
    /// The number of examples with a NaN among their scores, which are counted nowhere else.
    pub without_class: usize,
    /// The most confident mistakes, the most confident one first.
    pub mistakes: Vec<Mistake>,
}

/// A misclassified example.
#[derive(Debug, Clone, PartialEq)]
pub struct Mistake {
    /// The index of the example in the data set, from 0.
    pub index: usize,
    /// The class of the example.
    pub actual: usize,
    /// The predicted class.
    pub predicted: usize,
    /// The probability that the model gave the predicted class, from 0 to 1: [`softmax`] of its outputs.
    pub confidence: f64,
    /// The numbers of the example.
    pub numbers: Vec<f32>,
}

impl Classified {
    /// The largest number of mistakes kept.
    pub const MISTAKES: usize = 24;

    /// Classifies a data set by the largest output, as [`evaluate`](crate::evaluate) does.
    ///
    /// # Errors
    /// Returns [`Error::Data`] for a class for which the network has no output, or whose name is none of the model's.
    pub fn by<N, T, D>(
        model: &Model<N, T>,
        data: &D,
        class: impl Fn(<D::Data as Dataset>::Target) -> usize,
    ) -> Result<Self>
    where
        N: Layer,
        T: Scalar,
        D: EvaluationData<Data: Dataset<Example = N::In>>,
    {
        /// The number of examples that are classified together.
        const CHUNK: usize = 256;

        let data = data.dataset();
        let numbers = ClassNumbers::new("held-out data", model.class_names(), data.class_names())?;
        let classes = N::Out::LEN;
        let mut predictor = Predictor::new(model);
        let mut x = vec![T::ZERO; N::In::LEN * CHUNK.min(data.len())];
        let mut y = vec![T::ZERO; classes * CHUNK.min(data.len())];
        let mut actual = Vec::with_capacity(CHUNK);
        let mut classified = Self {
            confusion: Confusion::new(classes),
            names: model.class_names().or_else(|| data.class_names()).map(<[String]>::to_vec),
            ranks: vec![0; classes],
            without_class: 0,
            mistakes: Vec::new(),
        };
        for first in (0..data.len()).step_by(CHUNK) {
            let count = CHUNK.min(data.len() - first);
            let (x, y) = (&mut x[..N::In::LEN * count], &mut y[..classes * count]);
            actual.clear();
            for (index, x) in (first..).zip(x.chunks_exact_mut(N::In::LEN)) {
                let found = numbers.of(class(data.read(index, x)));
                if found >= classes {
                    return Err(Error::data(
                        format!("held-out data, example {index}"),
                        format!("label {found}"),
                        format!("0 to {}, one for each of the network's {classes} outputs", classes - 1),
                    ));
                }
                actual.push(found);
            }
            predictor.infer_into(x, y);
            let examples = x.chunks_exact(N::In::LEN).zip(y.chunks_exact_mut(classes)).zip(&actual);
            for (index, ((x, scores), &actual)) in (first..).zip(examples) {
                // without a largest score, an example has no predicted class
                match place(scores, actual) {
                    Some((predicted, rank)) => {
                        classified.ranks[rank] += 1;
                        classified.count(index, actual, predicted, scores, x);
                    }
                    None => classified.without_class += 1,
                }
            }
        }
        Ok(classified)
    }

    /// Returns the top-k accuracy: the share of examples whose class has one of the `k` largest scores, from 0 to 1.
    #[must_use]
    pub fn top(&self, k: usize) -> f64 {
        let examples = self.confusion.total() + self.without_class;
        self.ranks.iter().take(k).sum::<usize>() as f64 / examples as f64
    }

    /// Returns the name of a class, or its number where names are not known.
    #[must_use]
    pub fn name(&self, class: usize) -> String {
        let name = self.names.as_ref().and_then(|names| names.get(class));
        name.cloned().unwrap_or_else(|| class.to_string())
    }

    fn count<T: Scalar>(&mut self, index: usize, actual: usize, predicted: usize, scores: &mut [T], x: &[T]) {
        self.confusion.count(actual, predicted);
        if actual == predicted {
            return;
        }
        softmax(scores);
        let confidence = scores[predicted].to_f64();
        let place = self.mistakes.partition_point(|mistake| mistake.confidence >= confidence);
        if place < Self::MISTAKES {
            let numbers = x.iter().map(|x| x.to_f64() as f32).collect();
            self.mistakes.truncate(Self::MISTAKES - 1);
            self.mistakes.insert(place, Mistake { index, actual, predicted, confidence, numbers });
        }
    }
}
