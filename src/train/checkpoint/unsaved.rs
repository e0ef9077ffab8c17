//! The run at the end of its best epoch, as long as no checkpoint has it.

use crate::optim::Optimizer;
use crate::train::run::MovingAverage;
use crate::train::run::Position;
use crate::train::run::Session;
use crate::{Layer, Loss, Model, Scalar};

/// The run at the end of its best epoch, to be saved if an error ends it.
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
    /// Holds the run as it is between two epochs, if the last is the best and its model is to be kept.
    pub(super) fn hold_best(&mut self, model: &Model<N, T>) {
        if self.trainer.settings.checkpoints.is_some() && self.best.is_some() && self.is_best_so_far() {
            // the one before goes first: they need not both fit
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

    /// Saves the run as it was at the end of its best epoch, if no checkpoint has that model: an error ends the run, and what
    /// came after is perhaps not worth going on with.
    pub(in crate::train) fn save_best(&mut self, model: &mut Model<N, T>) {
        let Some(Unsaved { params, buffers, optimizer, average, position }) = self.unsaved.take() else {
            return;
        };
        model.params_mut().copy_from_slice(&params);
        model.buffers_mut().copy_from_slice(&buffers);
        (self.optimizer, self.average) = (optimizer, average);
        self.position = Position { timings: self.position.timings, ..position };
        // the error that ended the run is the one to tell
        let _ = self.save(model);
    }
}
