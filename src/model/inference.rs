//! Infers from a network that is chosen at run time: an object-safe trait with sizes that are checked.

use crate::core::{Dims, Layer, Shape};
use crate::error::{Error, Result};
use crate::model::{Predictor, inference_memory};
use plywood_kernel::Scalar;

/// Infers from a network whose type is not known where it is used.
///
/// A network is a type, so a program that chooses one when it runs keeps it in a `Box<dyn Inference>`. Shapes become
/// values that can be looked at, and slices whose lengths are checked. Every [`Predictor`] implements the trait, and
/// computes the same bits through it.
///
/// # Examples
/// The network has the name that is given on the command line:
///
/// ```
/// use plywood::{Error, Inference, Model, Predictor, Result, network};
///
/// network! {
///     Small: Flat<4> => Flat<2> { dense(8), relu, dense(2) }
///     Large: Flat<4> => Flat<2> { dense(64), relu, dense(64), relu, dense(2) }
/// }
///
/// fn choose(name: &str) -> Result<Box<dyn Inference>> {
///     // in a program, the models come from files: `Model::load(path)?`
///     match name {
///         "small" => Ok(Box::new(Predictor::shared(Model::<Small>::new(1)))),
///         "large" => Ok(Box::new(Predictor::shared(Model::<Large>::new(1)))),
///         _ => Err(Error::argument("network", name, "`small` or `large`")),
///     }
/// }
///
/// let name = std::env::args().nth(1).unwrap_or("small".to_owned());
/// # let name = "small";
/// let mut network = choose(&name)?;
/// let mut y = vec![0.0; network.output().len()];
/// network.infer(&[0.1, 0.2, 0.3, 0.4], &mut y)?;
///
/// let error = network.infer(&[0.1], &mut y).unwrap_err();
/// assert_eq!(error.to_string(), "x: found 1 numbers, expected 4, one example of shape 4");
/// assert!(choose("huge").is_err());
/// # Ok::<(), Error>(())
/// ```
///
/// # Threads
///
/// An inference needs `&mut self`, since it uses the work space. [`fork`](Self::fork) gives another one for each
/// thread, and [`serve`](crate::serve) collects what several threads ask into batches.
pub trait Inference<T: Scalar = f32>: Send + Sync {
    /// Returns the shape of an example.
    fn input(&self) -> Dims;

    /// Returns the shape of an output.
    fn output(&self) -> Dims;

    /// Returns the class names by label, if they are known: see [`Model::class_names`](crate::Model::class_names).
    fn class_names(&self) -> Option<&[String]>;

    /// Returns the bytes that an inference on one thread needs, including those of the model: see
    /// [`inference_memory`].
    fn memory(&self) -> usize;

    /// Writes the outputs for any number of examples in `x` to `y`, one after the other.
    ///
    /// If the model was trained on [scaled](crate::data::ScaledTargets) targets, outputs are in that scale.
    ///
    /// # Errors
    /// Returns [`Error::Argument`] if `x` does not hold whole examples, or `y` not an output for each. `y` is then
    /// unchanged.
    fn infer_batch(&mut self, x: &[T], y: &mut [T]) -> Result<()>;

    /// Writes the predictions for any number of examples in `x` to `y`, one after the other, in the units of the
    /// targets: see [`Model::predict`](crate::Model::predict).
    ///
    /// # Errors
    /// Returns an error in the same cases as [`infer_batch`](Self::infer_batch).
    fn predict_batch(&mut self, x: &[T], y: &mut [T]) -> Result<()>;

    /// Returns another one for the same model, with a work space of its own, for another thread.
    ///
    /// A predictor that [shares](Predictor::shared) its model shares it with its forks too. One that borrows its model
    /// copies it for each fork.
    fn fork(&self) -> Box<dyn Inference<T>>;

    /// Writes the output for the one example in `x` to `y`.
    ///
    /// # Errors
    /// Returns [`Error::Argument`] if `x` is not one example, or `y` not as long as one output. `y` is then unchanged.
    fn infer(&mut self, x: &[T], y: &mut [T]) -> Result<()> {
        check_one(x.len(), self.input())?;
        self.infer_batch(x, y)
    }

    /// Writes the prediction for the one example in `x` to `y`, in the units of the targets.
    ///
    /// # Errors
    /// Returns an error in the same cases as [`infer`](Self::infer).
    fn predict(&mut self, x: &[T], y: &mut [T]) -> Result<()> {
        check_one(x.len(), self.input())?;
        self.predict_batch(x, y)
    }
}

/// Checks that there are the numbers of one example.
pub(crate) fn check_one(found: usize, input: Dims) -> Result<()> {
    if found == input.len() {
        return Ok(());
    }
    let expected = format!("{}, one example of shape {input}", input.len());
    Err(Error::argument("x", format!("{found} numbers"), expected))
}

/// Checks that there are whole examples and an output for each.
fn check_batch([x, y]: [usize; 2], input: Dims, output: Dims) -> Result<()> {
    if !x.is_multiple_of(input.len()) {
        let expected = format!("a multiple of {}, whole examples of shape {input}", input.len());
        return Err(Error::argument("x", format!("{x} numbers"), expected));
    }
    let examples = x / input.len();
    // no product, which might overflow
    if y.is_multiple_of(output.len()) && y / output.len() == examples {
        return Ok(());
    }
    let expected = format!("{} for each of {examples} examples, outputs of shape {output}", output.len());
    Err(Error::argument("y", format!("{y} numbers"), expected))
}

impl<N: Layer, T: Scalar> Inference<T> for Predictor<'_, N, T> {
    fn input(&self) -> Dims {
        N::In::DIMS
    }

    fn output(&self) -> Dims {
        N::Out::DIMS
    }

    fn class_names(&self) -> Option<&[String]> {
        self.model().class_names()
    }

    fn memory(&self) -> usize {
        inference_memory::<N, T>()
    }

    fn infer_batch(&mut self, x: &[T], y: &mut [T]) -> Result<()> {
        check_batch([x.len(), y.len()], N::In::DIMS, N::Out::DIMS)?;
        self.infer_into(x, y);
        Ok(())
    }

    fn predict_batch(&mut self, x: &[T], y: &mut [T]) -> Result<()> {
        check_batch([x.len(), y.len()], N::In::DIMS, N::Out::DIMS)?;
        self.predict_into(x, y);
        Ok(())
    }

    fn fork(&self) -> Box<dyn Inference<T>> {
        Box::new(self.to_shared())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::Image;
    use crate::data::TargetScale;
    use crate::layers::{Dense, Flatten};
    use crate::model::Model;

    type Wide = (Flatten<Image<2, 3, 1>, 6>, Dense<6, 3>);

    /// Two networks, of which a program chooses one.
    fn chosen(name: &str) -> Option<Box<dyn Inference<f64>>> {
        match name {
            "wide" => Some(Box::new(Predictor::shared(Model::<Wide, f64>::new(3)))),
            "narrow" => Some(Box::new(Predictor::shared(Model::<Dense<2, 1>, f64>::new(4)))),
            _ => None,
        }
    }

    #[test]
    fn a_chosen_network_says_its_sizes_and_computes_the_same_bits() {
        let (wide, narrow) = (chosen("wide").expect("a network"), chosen("narrow").expect("a network"));
        assert_eq!((wide.input(), wide.output()), (Dims::Image(2, 3, 1), Dims::Flat(3)));
        assert_eq!((narrow.input(), narrow.output()), (Dims::Flat(2), Dims::Flat(1)));
        assert!(wide.memory() == inference_memory::<Wide, f64>() && wide.memory() > narrow.memory());
        assert!(wide.class_names().is_none());

        let model = Model::<Wide, f64>::new(3);
        let x: Vec<f64> = (0..30).map(|i| f64::from(i).sin()).collect();
        let (mut expected, mut y) = (vec![0.0; 15], vec![f64::NAN; 15]);
        Predictor::new(&model).infer_into(&x, &mut expected);
        let mut wide = wide;
        wide.infer_batch(&x, &mut y).expect("a batch");
        assert_eq!(y, expected);
        for (x, expected) in x.chunks(6).zip(expected.chunks(3)) {
            let mut y = [f64::NAN; 3];
            wide.infer(x, &mut y).expect("an example");
            assert_eq!(y, expected);
        }
        wide.infer_batch(&[], &mut []).expect("no examples");
    }

    #[test]
    fn names_and_the_scale_of_targets_come_through() {
        let mut model = Model::<Dense<1, 1>, f64>::new(1);
        model.name_classes(["only"]);
        model.scale_targets(Some(&[TargetScale::new(100.0, 10.0).expect("a scale")]));
        let predicted = model.predict(&[0.5]);
        let mut predictor = Predictor::new(&model);
        let one: &mut dyn Inference<f64> = &mut predictor;
        assert_eq!(one.class_names(), Some(&["only".to_owned()][..]));
        let (mut y, mut output) = ([0.0], [0.0]);
        one.predict(&[0.5], &mut y).expect("an example");
        one.infer(&[0.5], &mut output).expect("an example");
        assert_eq!(y, predicted);
        assert_ne!(y, output);
    }

    /// Every wrong length is an error that says which, and leaves the output alone.
    #[test]
    fn wrong_lengths_are_errors() {
        let mut wide = chosen("wide").expect("a network");
        let cases: [(usize, usize, bool, &str); 8] = [
            (5, 3, false, "x: found 5 numbers, expected 6, one example of shape 2×3×1"),
            (12, 6, false, "x: found 12 numbers, expected 6, one example of shape 2×3×1"),
            (0, 0, false, "x: found 0 numbers, expected 6, one example of shape 2×3×1"),
            (6, 4, false, "y: found 4 numbers, expected 3 for each of 1 examples, outputs of shape 3"),
            (6, 6, false, "y: found 6 numbers, expected 3 for each of 1 examples, outputs of shape 3"),
            (7, 3, true, "x: found 7 numbers, expected a multiple of 6, whole examples of shape 2×3×1"),
            (12, 3, true, "y: found 3 numbers, expected 3 for each of 2 examples, outputs of shape 3"),
            (0, 3, true, "y: found 3 numbers, expected 3 for each of 0 examples, outputs of shape 3"),
        ];
        for (inputs, outputs, batch, expected) in cases {
            let (x, mut y) = (vec![0.5; inputs], vec![7.0; outputs]);
            let results = if batch {
                [wide.infer_batch(&x, &mut y), wide.predict_batch(&x, &mut y)]
            } else {
                [wide.infer(&x, &mut y), wide.predict(&x, &mut y)]
            };
            for result in results {
                assert_eq!(result.expect_err("a wrong length").to_string(), expected);
            }
            assert!(y.iter().all(|&y| y == 7.0), "{inputs} and {outputs}: {y:?}");
        }
    }

    #[test]
    fn forks_work_on_threads_of_their_own() {
        let kept = {
            let model = Model::<Wide, f64>::new(3);
            // outlives the model that it was forked from
            Predictor::new(&model).fork()
        };
        let originals = [chosen("wide").expect("a network"), kept];
        let x: Vec<f64> = (0..6).map(f64::from).collect();
        let mut alone = Predictor::shared(Model::<Wide, f64>::new(3));
        let expected = alone.infer(&[[[0.0], [1.0], [2.0]], [[3.0], [4.0], [5.0]]]);
        for original in originals {
            let workers = [(); 3].map(|()| {
                let (mut fork, x) = (original.fork(), x.clone());
                std::thread::spawn(move || {
                    let mut y = vec![0.0; fork.output().len()];
                    fork.infer(&x, &mut y).map(|()| y)
                })
            });
            for worker in workers {
                assert_eq!(worker.join().expect("no panic").expect("an example"), expected);
            }
        }
    }
}
