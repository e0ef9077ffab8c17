//! Represents a layer without its type, so that the checks are compiled once instead of for each layer.

use crate::core::outline::Entry;
use crate::core::{
    Backward, Declared, Dims, Epilogue, Forward, Fusion, Infer, Layer, Memory, Outline, Pass, ReceptiveField,
    Shape, Space, Workspace, call, order,
};
use crate::model::{Batch, Model, Predictor};
use plywood_kernel::Scalar;

/// The passes of a layer in training.
pub(super) struct Training<T: 'static> {
    pub(super) forward: fn(Pass, Forward<'_, T>),
    pub(super) backward: fn(Pass, Backward<'_, T>),
}

impl<T: Scalar> Training<T> {
    const fn of<L: Layer>() -> Self {
        Self { forward: call::forward::<L, T>, backward: call::backward::<L, T> }
    }
}

/// A function that predicts from parameters and buffers, for the given number of inputs at a time.
type Predict = fn([&[f64]; 2], &[f64], usize, &mut [f64]);

/// A function that shows the output of each layer, from parameters and buffers, for inputs.
type Inspect = fn([&[f64]; 2], &[f64], &mut dyn FnMut(&Entry, &[f64]));

/// The declarations of a layer, and the functions that call it.
pub(super) struct Subject {
    pub(super) name: &'static str,
    pub(super) layers: usize,
    pub(super) min_batch: usize,
    pub(super) flops: usize,
    pub(super) field: ReceptiveField,
    pub(super) input: Dims,
    pub(super) output: Dims,
    pub(super) params: usize,
    pub(super) tape: Space,
    pub(super) scratch: Space,
    infer_scratch: Space,
    width: usize,
    pub(super) memory: Memory,
    pub(super) fusion: Fusion,
    pub(super) double: Training<f64>,
    pub(super) single: Training<f32>,
    pub(super) clear: fn(&mut [f64]),
    pub(super) fold: fn(&mut [f64], &[f64]),
    pub(super) absorb: fn(&mut [f64], &mut [f64]),
    infer: fn(Pass, Infer<'_, f64>, &mut Workspace<'_, f64>),
    pub(super) outline: fn() -> Outline,
    /// Returns the parameters and buffers of a new model with the given seed.
    pub(super) start: fn(u64) -> [Vec<f64>; 2],
    predict: Predict,
    /// Shows a visitor the outputs of an inspection, from parameters and buffers, for a batch.
    pub(super) inspect: Inspect,
}

impl Subject {
    pub(super) const fn of<L: Layer>() -> Self {
        Self {
            name: L::NAME,
            layers: L::LAYERS,
            min_batch: L::MIN_BATCH,
            flops: L::FLOPS,
            field: L::FIELD,
            input: <L::In as Shape>::DIMS,
            output: <L::Out as Shape>::DIMS,
            params: L::PARAMS,
            tape: L::TAPE,
            scratch: L::SCRATCH,
            infer_scratch: L::INFER_SCRATCH,
            width: L::WIDTH,
            memory: L::MEMORY,
            fusion: L::FUSION,
            double: Training::of::<L>(),
            single: Training::of::<L>(),
            clear: call::clear::<L, f64>,
            fold: call::fold::<L, f64>,
            absorb: L::absorb,
            infer: call::infer::<L, f64>,
            outline: Outline::of::<L>,
            start: |seed| {
                let model = Model::<L, f64>::new(seed);
                [model.params().to_vec(), model.buffers().to_vec()]
            },
            predict: |arenas, x, at_a_time, y| {
                let model = model::<L>(arenas);
                let mut predictor = Predictor::new(&model);
                let (x, mut outputs) = (examples::<L::In>(x), vec![f64::NAN; y.len()]);
                let chunks = outputs.chunks_mut(at_a_time * L::Out::LEN);
                for (x, y) in x.chunks(at_a_time * L::In::LEN).zip(chunks) {
                    predictor.infer_into(x, y);
                }
                order::to_batch::<L::Out, f64>(&outputs, y);
            },
            inspect: |arenas, x, visit| {
                let mut batch = Batch::zeros(x.len() / L::In::LEN);
                batch.as_mut_slice().copy_from_slice(&examples::<L::In>(x));
                model::<L>(arenas).inspect(&batch, visit);
            },
        }
    }

    /// Returns the outputs of a [`Predictor`], for the given number of examples at a time.
    pub(super) fn predict(&self, arenas: [&[f64]; 2], x: &[f64], at_a_time: usize) -> Vec<f64> {
        let mut y = vec![f64::NAN; x.len() / self.input.len() * self.output.len()];
        (self.predict)(arenas, x, at_a_time, &mut y);
        y
    }

    /// Evaluates on the given parameters, with an epilogue.
    pub(super) fn evaluate(
        &self,
        pass: Pass,
        [params, buffers]: [&[f64]; 2],
        x: &[f64],
        epilogue: Epilogue<'_, f64>,
    ) -> Vec<f64> {
        let [mut front, mut back] = [(); 2].map(|()| vec![f64::NAN; self.width * pass.batch]);
        let mut scratch = vec![f64::NAN; self.infer_scratch.len(pass.batch)];
        let mut work = Workspace::new(x, &mut front, &mut back, &mut scratch);
        let io = Infer { epilogue, ..Infer::new(params, buffers) };
        (self.infer)(pass, io, &mut work);
        work.content(self.output.len() * pass.batch).to_vec()
    }
}

/// Returns the examples of a batch, one after the other.
pub(super) fn examples<S: Shape>(batch: &[f64]) -> Vec<f64> {
    let mut examples = vec![f64::NAN; batch.len()];
    order::to_examples::<S, f64>(batch, &mut examples);
    examples
}

/// Creates a model with the given parameters and buffers.
pub(super) fn model<L: Layer>([params, buffers]: [&[f64]; 2]) -> Model<L, f64> {
    let mut model = Model::new(0);
    model.params_mut().copy_from_slice(params);
    model.buffers_mut().copy_from_slice(buffers);
    model
}
