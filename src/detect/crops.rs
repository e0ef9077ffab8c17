//! Evaluates several windows of an image at test time.

use std::marker::PhantomData;

use crate::core::{Declared, ImageShape, Layer, Shape};
use crate::data::transform::augment::crop::{fits, window};
use crate::data::transform::augment::flip::mirror;
use crate::data::{Dataset, EvaluationData, Renumbered};
use crate::error::{Error, Result};
use crate::eval::Confusion;
use crate::loss::{largest, several_classes, softmax};
use crate::model::{Model, Predictor};
use plywood_kernel::aligned::Aligned;
use plywood_kernel::{Scalar, Threads};

/// Windows of shape `O` of an image of shape `I`, over which a network's probabilities are averaged at test time
/// (Krizhevsky, Sutskever and Hinton 2012, section 4.1).
///
/// # Examples
/// ```
/// use plywood::detect::Crops;
/// use plywood::data::digits;
/// use plywood::{Image, Model, Threads, network};
///
/// network! { Reader: Image<24, 24, 1> => Flat<10> { flatten, dense(10) } }
///
/// let model = Model::<Reader>::new(1);
/// let crops = Crops::<Image<28, 28, 1>, Image<24, 24, 1>>::five();
/// let confusion = crops.evaluate(&model, &digits(20, 1), &Threads::one())?;
/// assert_eq!(confusion.total(), 20);
/// # Ok::<(), plywood::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct Crops<I, O> {
    windows: Vec<Window>,
    shapes: PhantomData<fn() -> (I, O)>,
}

#[derive(Debug, Clone, Copy)]
struct Window {
    /// The first row and column.
    corner: [usize; 2],
    /// True if the window is mirrored.
    mirrored: bool,
}

impl<I: ImageShape, O: ImageShape> Crops<I, O> {
    const ROOM: [usize; 2] = {
        fits::<O, I>("crops: a window of ", " in an image of ");
        [I::HEIGHT - O::HEIGHT, I::WIDTH - O::WIDTH]
    };

    fn at(corners: impl IntoIterator<Item = [usize; 2]>) -> Self {
        let windows = corners.into_iter().map(|corner| Window { corner, mirrored: false }).collect();
        Self { windows, shapes: PhantomData }
    }

    /// Returns the four corners and the middle.
    #[must_use]
    pub fn five() -> Self {
        let [down, along] = Self::ROOM;
        Self::at([[0, 0], [0, along], [down, 0], [down, along], [down / 2, along / 2]])
    }

    /// Returns the windows of [`five`](Self::five) and their mirror images.
    #[must_use]
    pub fn ten() -> Self {
        let mut ten = Self::five();
        ten.windows.extend_from_within(..);
        ten.windows[5..].iter_mut().for_each(|window| window.mirrored = true);
        ten
    }

    /// Returns a grid of the given numbers of windows down and across.
    ///
    /// The outermost windows touch the borders; a single one is in the middle.
    ///
    /// # Errors
    /// Returns [`Error::Argument`] for 0, or for more windows than there are positions.
    pub fn grid(rows: usize, columns: usize) -> Result<Self> {
        for (argument, count, room) in
            [("rows of the grid", rows, Self::ROOM[0]), ("columns of the grid", columns, Self::ROOM[1])]
        {
            if count == 0 || count > room + 1 {
                return Err(Error::argument(argument, count, format!("1 to {}", room + 1)));
            }
        }
        let place = |i: usize, count: usize, room: usize| match count {
            1 => room / 2,
            _ => i * room / (count - 1),
        };
        let corner =
            |i: usize| [place(i / columns, rows, Self::ROOM[0]), place(i % columns, columns, Self::ROOM[1])];
        Ok(Self::at((0..rows * columns).map(corner)))
    }

    /// Returns the number of windows.
    #[must_use]
    pub fn count(&self) -> usize {
        self.windows.len()
    }

    /// Returns the network's probabilities for each class, averaged over the windows of an image.
    ///
    /// A large image is best [boxed](Shape::boxed_zeros).
    #[must_use]
    pub fn probabilities<N, T>(&self, model: &Model<N, T>, image: &I::Array<T>) -> <N::Out as Shape>::Array<T>
    where
        N: Layer<In = O>,
        T: Scalar,
    {
        let mut average = N::Out::zeros();
        let mut work = Work::new(model, self.count());
        work.average(self, I::as_slice(image), N::Out::as_mut_slice(&mut average));
        average
    }

    /// Measures how well a model classifies a data set by the averaged probabilities.
    ///
    /// Images with a NaN among their probabilities are counted for no class. The result does not depend on the number
    /// of threads.
    ///
    /// # Errors
    /// Returns [`Error::Data`] for empty data, a label for which the network has no output, or a class whose name is
    /// none of the [model's](Model::class_names), and the data set's own [reason](Dataset::failure) why an image cannot
    /// be read.
    pub fn evaluate<N, T, D>(&self, model: &Model<N, T>, data: &D, threads: &Threads) -> Result<Confusion>
    where
        N: Layer<In = O>,
        T: Scalar,
        D: EvaluationData,
        D::Data: Dataset<Example = I, Target = usize>,
    {
        const { several_classes("Crops::evaluate", N::Out::LEN) }
        let data = Renumbered::new("evaluation data", model.class_names(), data.dataset())?;
        if data.is_empty() {
            return Err(Error::data("evaluation data", "no examples", "at least 1"));
        }
        let mut predicted = vec![(0, None); data.len()];
        let operations = data.len() * self.count() * (N::FLOPS / 2 + N::In::LEN);
        threads.run(|| {
            plywood_kernel::threads::parallel::over(
                &mut predicted[..],
                operations,
                &|first, part: &mut [_]| {
                    let mut work = Work::new(model, self.count());
                    let (mut image, mut average) = (vec![T::ZERO; I::LEN], vec![T::ZERO; N::Out::LEN]);
                    for (i, predicted) in part.iter_mut().enumerate() {
                        let label = data.read(first + i, &mut image);
                        work.average(self, &image, &mut average);
                        *predicted = (label, largest(&average));
                    }
                },
            );
        });
        let mut confusion = Confusion::new(N::Out::LEN);
        for (index, (label, class)) in predicted.into_iter().enumerate() {
            if label >= N::Out::LEN {
                let expected = format!("0 to {}, one for each of the network's outputs", N::Out::LEN - 1);
                return Err(Error::data(
                    format!("evaluation data, example {index}"),
                    format!("label {label}"),
                    expected,
                ));
            }
            match class {
                Some(class) => confusion.count(label, class),
                None => {
                    if let Some(error) = data.failure(index) {
                        return Err(error);
                    }
                }
            }
        }
        Ok(confusion)
    }
}

/// The work space in which an image's windows are evaluated.
struct Work<'a, N, T: Scalar> {
    predictor: Predictor<'a, N, T>,
    x: Aligned<T>,
    y: Aligned<T>,
}

impl<'a, N: Layer, T: Scalar> Work<'a, N, T> {
    fn new(model: &'a Model<N, T>, windows: usize) -> Self {
        let (x, y) = (Aligned::zeros(windows * N::In::LEN), Aligned::zeros(windows * N::Out::LEN));
        Self { predictor: Predictor::new(model), x, y }
    }

    fn average<I: ImageShape, O: ImageShape>(&mut self, crops: &Crops<I, O>, image: &[T], average: &mut [T]) {
        crate::work_space::with(O::LEN, |straight: &mut [T]| {
            for (x, at) in self.x.chunks_exact_mut(O::LEN).zip(&crops.windows) {
                if at.mirrored {
                    window::<I, O, T>(image, straight, at.corner);
                    mirror::<O, T>(straight, x);
                } else {
                    window::<I, O, T>(image, x, at.corner);
                }
            }
        });
        self.predictor.infer_into(&self.x, &mut self.y);
        average.fill(T::ZERO);
        let share = T::of(1.0 / crops.count() as f64);
        for probabilities in self.y.chunks_exact_mut(N::Out::LEN) {
            softmax(probabilities);
            for (sum, probability) in average.iter_mut().zip(&*probabilities) {
                *sum += *probability * share;
            }
        }
    }
}
