//! What training asks of data beside their purpose, as traits whose messages say what to write.

use crate::Shape;
use crate::data::{Dataset, ValidationData};

/// Proof that a data set has the targets that the loss `L` compares outputs with: it says the same as
/// `Dataset<Target = Expected>`.
///
/// [`Trainer`](crate::Trainer) asks for it with `Expected`, the loss's targets, and `Found`, the data's, so that where
/// they differ the compiler shows both and names the losses, in place of two types that are not the same.
#[diagnostic::on_unimplemented(
    message = "`{L}` compares outputs with targets of type `{Expected}`, but the data has targets of type `{Found}`",
    label = "the data's targets do not fit the trainer's loss",
    note = "without `.loss(…)` a trainer uses `SoftmaxCrossEntropy`, whose targets are classes, of type `usize`",
    note = "for targets that are numbers write `.loss(MeanSquaredError)`, for answers yes or no `.loss(BinaryCrossEntropy)`; `plywood::loss` lists all"
)]
pub trait TargetsFor<L, Expected, Found>: Dataset<Target = Expected> {}

#[diagnostic::do_not_recommend]
impl<L, Expected, Found, D: Dataset<Target = Expected>> TargetsFor<L, Expected, Found> for D {}

/// Proof that a model that takes examples of shape `In` can be chosen on data: [`ValidationData`] with such examples and
/// with the training data's `Target`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not data to choose models or settings on",
    label = "expected a plain `Dataset` or a `Split<Validation, _>`",
    note = "training data rewards memorization, and test data that chose a model does not measure it"
)]
pub trait ValidationFor<In: Shape, Target>:
    ValidationData<Data: Dataset<Example = In, Target = Target>>
{
}

impl<In, Target, V> ValidationFor<In, Target> for V
where
    In: Shape,
    V: ValidationData<Data: Dataset<Example = In, Target = Target>>,
{
}
