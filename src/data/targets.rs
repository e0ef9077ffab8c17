//! Defines further requirements of training on its data, as traits whose error messages say what to write.

use crate::core::Shape;
use crate::data::{Dataset, ValidationData};

/// A proof that a data set has the targets that the loss `L` compares outputs with: the same as
/// `Dataset<Target = Expected>`.
///
/// [`Trainer`](crate::Trainer) requires it with `Expected`, the loss's targets, and `Found`, the data's targets. Where
/// they differ, the compiler then shows both and names the losses, instead of reporting two types that are not the
/// same.
#[diagnostic::on_unimplemented(
    message = "`{L}` compares outputs with targets of type `{Expected}`, but the data has targets of type `{Found}`",
    label = "the data's targets do not fit the trainer's loss",
    note = "without `.loss(…)` a trainer uses `SoftmaxCrossEntropy`, whose targets are classes, of type `usize`",
    note = "for targets that are numbers write `.loss(MeanSquaredError)`, for answers yes or no `.loss(BinaryCrossEntropy)`; `plywood::loss` lists all"
)]
pub trait TargetsFor<L, Expected, Found>: Dataset<Target = Expected> {}

#[diagnostic::do_not_recommend]
impl<L, Expected, Found, D: Dataset<Target = Expected>> TargetsFor<L, Expected, Found> for D {}

/// A proof that a model that takes examples of shape `In` can be chosen on data: [`ValidationData`] with such examples
/// and with the training data's `Target`.
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
