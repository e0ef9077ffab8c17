//! Checks that the numbers of a checkpoint can come from a run.

use crate::core::Layer;
use crate::eval::Tally;
use crate::loss::Loss;
use crate::optim::Optimizer;
use crate::train::checkpoint::file::{Failure, File};
use crate::train::run::{Position, Session};
use plywood_kernel::Scalar;

impl<N, T, O, L> Session<'_, N, T, O, L>
where
    N: Layer,
    T: Scalar,
    O: Optimizer,
    L: Loss<N::Out>,
{
    /// Refuses counts that would overflow, or that would take forever to count up to.
    ///
    /// The checksum detects chance damage; this detects made-up numbers.
    pub(super) fn check_sound(
        &self,
        file: &File<'_>,
        position: &Position,
        optimizer_steps: u64,
    ) -> Result<(), Failure> {
        /// A number of steps that no run exceeds.
        const MOST: u64 = 1 << 53;

        let &Position { epoch, step, steps_taken, tally: Tally { count, .. }, .. } = position;
        let in_epoch = self.steps_in_epoch();
        let taken = epoch.saturating_mul(in_epoch).saturating_add(step);
        let seen = step.saturating_mul(self.examples_in_step()).min(self.examples);
        let expect = |holds: bool, what: &str, found: &dyn std::fmt::Display, expected: String| {
            if holds { Ok(()) } else { Err(file.error(what, found, expected)) }
        };
        let recorded = position.history.len();
        expect(epoch == recorded, "epoch", &epoch, format!("{recorded}, the epochs of its history"))?;
        expect(step <= in_epoch, "step", &step, format!("at most {in_epoch}, those of an epoch"))?;
        expect(
            steps_taken == taken,
            "steps_taken",
            &steps_taken,
            format!("{taken}, up to its epoch and step"),
        )?;
        expect(count == seen, "examples", &count, format!("{seen}, those of its steps"))?;
        expect(optimizer_steps <= MOST, "optimizer_steps", &optimizer_steps, format!("at most {MOST}"))
    }
}
