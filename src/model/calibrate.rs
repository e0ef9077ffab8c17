//! Estimates population statistics after training.

use std::borrow::Borrow;

use crate::core::outline::Entry;
use crate::core::{Layer, Outline, Pass, Running, Shape};
use crate::data::{Dataset, TrainingData};
use crate::error::{Error, Result};
use crate::model::{Backprop, Batch, Model};
use plywood_kernel::Scalar;

impl<N: Layer, T: Scalar> Model<N, T> {
    /// Estimates the population statistics of normalization layers anew from training data.
    ///
    /// The data is read in batches of the given number of examples. A smaller last batch is left out unless it is the
    /// only one, because its mean and variance would count as much as those of the others.
    ///
    /// See [`calibrate_batches`](Self::calibrate_batches) for the computation.
    ///
    /// # Examples
    /// ```
    /// use plywood::data::digits;
    /// use plywood::{Model, Trainer, network};
    ///
    /// network! {
    ///     Net: Image<28, 28, 1> => Flat<10> { flatten, dense(32), batch_norm, relu, dense(10) }
    /// }
    /// let data = digits(500, 1);
    /// let mut model = Model::<Net>::new(1);
    /// Trainer::new().epochs(1).run(&mut model, &data).validate(&data).fit()?;
    /// model.calibrate(&data, 64)?;
    /// # Ok::<(), plywood::Error>(())
    /// ```
    ///
    /// # Errors
    /// Returns [`Error::Data`] for a data set that is empty or has fewer examples than a variance needs, and
    /// [`Error::Argument`] for a batch size with fewer, or of 0. The model then stays as it was.
    pub fn calibrate<D>(&mut self, data: &D, batch_size: usize) -> Result<()>
    where
        D: TrainingData<Data: Dataset<Example = N::In>>,
    {
        let data = data.dataset();
        if batch_size == 0 {
            return Err(Error::argument("batch size", 0, "at least 1"));
        }
        if let Some(layer) = Outline::of::<N>().needs_batch().filter(|layer| batch_size < layer.min_batch) {
            return Err(Error::argument("batch size", batch_size, expected(layer)));
        }
        let size = batch_size.min(data.len());
        let batches = data.len().checked_div(size).unwrap_or(0);
        self.calibrate_batches((0..batches).map(|batch| {
            let mut examples = Batch::<N::In, T>::zeros(size);
            for (i, x) in examples.as_mut_slice().chunks_exact_mut(N::In::LEN).enumerate() {
                data.read(batch * size + i, x);
            }
            examples
        }))
    }

    /// Estimates the population statistics of normalization layers anew from batches of training data.
    ///
    /// While parameters change, running statistics lag behind: they mix the statistics of past networks. Here the
    /// parameters do not change. The mean and variance of every batch normalization become the averages, over all
    /// batches, of the batch's own mean and (unbiased) variance, taken in one pass in training mode: algorithm 2 of
    /// Ioffe and Szegedy (2015).
    ///
    /// There should be many batches, of the same size as in training. Dropout draws from the number of the batch. A
    /// batch with fewer examples than a variance needs is left out: one example, where a layer normalizes single
    /// numbers ([`Cost::min_batch`](crate::layer::Cost::min_batch)). The previous statistics do not matter.
    ///
    /// # Examples
    /// ```
    /// use plywood::layers::BatchNorm;
    /// use plywood::{Batch, Flat, Model};
    ///
    /// let mut model = Model::<BatchNorm<Flat<1>>, f64>::new(0);
    /// let data = [[[1.0], [3.0]], [[5.0], [9.0]]];
    /// model.calibrate_batches(data.iter().map(|batch| Batch::from_examples(batch.iter())))?;
    /// assert_eq!(model.buffers(), [4.5, 5.0]);
    /// # Ok::<(), plywood::Error>(())
    /// ```
    ///
    /// # Errors
    /// Returns [`Error::Data`] if there are no batches, one is empty, or all are too small for a variance. The model
    /// then stays as it was.
    pub fn calibrate_batches<B: Borrow<Batch<N::In, T>>>(
        &mut self,
        batches: impl IntoIterator<Item = B>,
    ) -> Result<()> {
        let before = self.buffers().to_vec();
        let outcome = self.average(batches);
        if outcome.is_err() {
            self.buffers_mut().copy_from_slice(&before);
        }
        outcome
    }

    fn average<B: Borrow<Batch<N::In, T>>>(&mut self, batches: impl IntoIterator<Item = B>) -> Result<()> {
        let mut work: Option<(usize, Backprop<N, T>)> = None;
        let outline = Outline::of::<N>();
        let needs = outline.needs_batch();
        let (mut number, mut left_out) = (0, 0);
        for batch in batches {
            let batch = batch.borrow();
            if batch.is_empty() {
                let what = format!("batch {} to calibrate with", number + left_out + 1);
                return Err(Error::data(what, "no examples", "at least 1"));
            }
            if needs.is_some_and(|layer| batch.len() < layer.min_batch) {
                left_out += 1;
                continue;
            }
            number += 1;
            let work = match &mut work {
                Some((capacity, work)) if *capacity >= batch.len() => work,
                _ => &mut work.insert((batch.len(), Backprop::new(batch.len())?)).1,
            };
            let pass = Pass { running: Running::Average(number), ..Pass::new(batch.len(), number as u64) };
            work.forward_pass(self, batch.as_slice(), pass);
        }
        if let Some(layer) = needs.filter(|_| number == 0 && left_out > 0) {
            return Err(Error::data("data to calibrate with", "only smaller batches", expected(layer)));
        }
        if number == 0 {
            return Err(Error::data("data to calibrate with", "no batches", "at least 1"));
        }
        Ok(())
    }
}

/// Returns the requirement of a layer on the batch, for a message.
fn expected(layer: &Entry) -> String {
    format!("at least {} examples in a batch, whose variance `{}` takes", layer.min_batch, layer.path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::Flat;
    use crate::data::Examples;
    use crate::layers::{BatchNorm, Dense};

    type Net = (BatchNorm<Flat<2>>, (Dense<2, 2>, BatchNorm<Flat<2>>));

    fn batch(examples: &[[f64; 2]]) -> Batch<Flat<2>, f64> {
        Batch::from_examples(examples.iter())
    }

    #[test]
    fn every_layer_gets_the_average_of_what_it_sees_in_training() {
        let mut model = Model::<Net, f64>::new(3);
        model.buffers_mut().fill(77.0);
        let batches = [batch(&[[1.0, 0.0], [3.0, 1.0]]), batch(&[[0.0, 2.0], [0.0, 4.0], [3.0, 9.0]])];
        model.calibrate_batches(&batches).expect("two batches");
        let buffers = model.buffers().to_vec();
        assert_eq!(&buffers[..4], [1.5, 2.75, 2.5, 6.75]);

        // the second normalization sees batches that the first one normalized with their own statistics: mean 0, and so
        // the bias of the dense layer, which is 0
        assert!(buffers[4..6].iter().all(|mean| mean.abs() < 1e-12), "{buffers:?}");
        let after = model.buffers()[6..].to_vec();
        model.calibrate_batches(&batches).expect("two batches");
        assert_eq!(&model.buffers()[6..], after, "depends on what was there");
    }

    #[test]
    fn a_batch_without_a_variance_counts_for_nothing() {
        let whole = [batch(&[[1.0, 0.0], [3.0, 1.0]]), batch(&[[0.0, 2.0], [0.0, 4.0], [3.0, 9.0]])];
        let one = batch(&[[100.0, -7.0]]);
        let calibrated = |batches: &[Batch<Flat<2>, f64>], before: f64| {
            let mut model = Model::<Net, f64>::new(3);
            model.buffers_mut().fill(before);
            model.calibrate_batches(batches).expect("batches");
            model.buffers().to_vec()
        };
        let expected = calibrated(&whole, 77.0);
        assert_eq!(expected[..4], [1.5, 2.75, 2.5, 6.75]);
        for before in [0.0, f64::NAN, f64::INFINITY] {
            for place in 0..3 {
                let mut batches = whole.to_vec();
                batches.insert(place, one.clone());
                assert_eq!(calibrated(&batches, before), expected, "from {before}, one example at {place}");
            }
        }
    }

    #[test]
    fn a_last_example_alone_is_left_out_and_batches_of_one_are_refused() {
        let data = Examples::<Flat<2>>::from_arrays((0..5_u8).map(|i| ([f32::from(i), f32::from(i * i)], 0)));
        let data = data.expect("examples");
        let mut model = Model::<Net, f64>::new(3);
        model.calibrate(&data, 2).expect("two batches of two");
        assert_eq!(model.buffers()[..4], [1.5, 3.5, 0.5, 6.5]);
        let before = model.clone();
        let one = batch(&[[100.0, -7.0]]);
        let expected = "at least 2 examples in a batch, whose variance `batch_norm1` takes";
        let message = model.calibrate(&data, 1).expect_err("no variance").to_string();
        assert_eq!(message, format!("batch size: found 1, expected {expected}"));
        for outcome in [model.calibrate_batches([&one, &one]), model.calibrate(&data.take(1), 2)] {
            let message = outcome.expect_err("no variance").to_string();
            assert_eq!(
                message,
                format!("data to calibrate with: found only smaller batches, expected {expected}")
            );
        }
        assert_eq!(model, before);
    }

    #[test]
    fn nothing_to_calibrate_with_is_an_error_and_changes_nothing() {
        let mut model = Model::<Net, f64>::new(3);
        let before = model.buffers().to_vec();
        let none: [Batch<Flat<2>, f64>; 0] = [];
        let message = model.calibrate_batches(none).expect_err("no batches").to_string();
        assert_eq!(message, "data to calibrate with: found no batches, expected at least 1");
        let empty = [batch(&[[1.0, 0.0], [3.0, 1.0]]), batch(&[])];
        let message = model.calibrate_batches(empty).expect_err("an empty batch").to_string();
        assert_eq!(message, "batch 2 to calibrate with: found no examples, expected at least 1");
        assert_eq!(model.buffers(), before);
    }
}
