//! Chooses some examples of a data set.

use crate::data::{Dataset, TargetScale};
use crate::error::{Error, Result};
use plywood_kernel::Scalar;

/// Some examples of a data set, or of a reference to one, in any order; an example may occur several times. Nothing is
/// copied.
///
/// ```
/// use plywood::Dataset;
/// use plywood::data::{Subset, digits};
///
/// let all = digits(100, 1);
/// let odd = Subset::new(&all, (0..100).filter(|&index| all.label(index) % 2 == 1).collect())?;
/// assert_eq!((odd.len(), odd.read(0, &mut [0.0_f32; 784]) % 2), (50, 1));
/// # Ok::<(), plywood::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Subset<D> {
    data: D,
    numbers: Vec<usize>,
}

impl<D: Dataset> Subset<D> {
    /// Chooses the examples with these numbers, in this order.
    ///
    /// # Errors
    /// [`Error::Argument`] when there is no example of a number.
    pub fn new(data: D, numbers: Vec<usize>) -> Result<Self> {
        let len = data.len();
        match numbers.iter().find(|&&number| number >= len) {
            None => Ok(Self::of(data, numbers)),
            Some(number) => {
                let expected = format!("numbers below {len}, the number of examples");
                Err(Error::argument("numbers of examples", number, expected))
            }
        }
    }

    /// Chooses the examples with these numbers; the caller guarantees that they exist.
    pub(super) const fn of(data: D, numbers: Vec<usize>) -> Self {
        Self { data, numbers }
    }

    /// Returns the data that the examples were chosen from.
    pub const fn data(&self) -> &D {
        &self.data
    }

    /// Returns the numbers of the chosen examples.
    #[must_use]
    pub fn numbers(&self) -> &[usize] {
        &self.numbers
    }
}

#[diagnostic::do_not_recommend]
impl<D: Dataset> Dataset for Subset<D> {
    type Example = D::Example;
    type Target = D::Target;

    fn len(&self) -> usize {
        self.numbers.len()
    }
    fn read<T: Scalar>(&self, index: usize, x: &mut [T]) -> D::Target {
        self.data.read(self.numbers[index], x)
    }
    fn draw<T: Scalar>(&self, index: usize, seed: u64, x: &mut [T]) -> D::Target {
        self.data.draw(self.numbers[index], seed, x)
    }
    fn failure(&self, index: usize) -> Option<Error> {
        self.data.failure(self.numbers[index])
    }
    fn class_names(&self) -> Option<&[String]> {
        self.data.class_names()
    }
    fn target_scales(&self) -> Option<&[TargetScale]> {
        self.data.target_scales()
    }
}
