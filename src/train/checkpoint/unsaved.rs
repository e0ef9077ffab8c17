//! Holds the run at the end of its best epoch while no checkpoint has it.

use crate::core::Layer;
use crate::loss::Loss;
use crate::model::Model;
use crate::optim::Optimizer;
use crate::train::run::{MovingAverage, Position, Session};
use plywood_kernel::Scalar;

/// The run at the end of its best epoch, saved if an error ends the run.
#[derive(Debug)]
pub(in crate::train) struct Unsaved<T, S> {
    params: Vec<T>,
    buffers: Vec<T>,
    optimizer: S,
    average: Option<MovingAverage<T>>,
    position: Position,
}

impl<N, T, O, L> Session<'_, N, T, O, L>
where
    N: Layer,
    T: Scalar,
    O: Optimizer,
    L: Loss<N::Out>,
{
    /// Stores the run between two epochs, if the last epoch is the best and its model is to be kept.
    pub(super) fn hold_best(&mut self, model: &Model<N, T>) {
        if self.trainer.settings.checkpoints.is_some() && self.best.is_some() && self.is_best_so_far() {
            // drop the previous one first: both need not fit into memory
            self.unsaved = None;
            self.unsaved = Some(Unsaved {
                params: model.params().to_vec(),
                buffers: model.buffers().to_vec(),
                optimizer: self.optimizer.clone(),
                average: self.average.clone(),
                position: self.position.clone(),
            });
        }
    }

    /// Saves the run as it was at the end of its best epoch, if no checkpoint has that model.
    ///
    /// An error ends the run, and the state after the best epoch may not be worth continuing.
    pub(in crate::train) fn save_best(&mut self, model: &mut Model<N, T>) {
        let Some(Unsaved { params, buffers, optimizer, average, position }) = self.unsaved.take() else {
            return;
        };
        model.params_mut().copy_from_slice(&params);
        model.buffers_mut().copy_from_slice(&buffers);
        (self.optimizer, self.average) = (optimizer, average);
        self.position = Position { timings: self.position.timings, ..position };
        // report the error that ended the run, not an error of saving
        let _ = self.save(model);
    }
}
