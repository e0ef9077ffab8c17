//! Stores the preprocessing of examples in the model's file.

use std::io::{Read, Write};
use std::path::Path;

use crate::core::{Layer, Precedes};
use crate::data::transform::preprocess::{Keep, Vectors};
use crate::error::{Error, Result};
use crate::file::{Durable, replace};
use crate::model::Model;
use crate::model::archive::model::{BYTES, encoded, read_to_end, write};
use crate::model::archive::{Archive, not_finite, read, read_model};
use plywood_kernel::Scalar;

/// The prefix of the tensors in a file that hold the numbers of [`Keep`], in `f64`.
pub(crate) const PREPROCESSING: &str = "preprocessing/";

impl<N: Layer, T: Scalar> Model<N, T> {
    /// [Saves](Self::save) the model and, in the same file, the preprocessing with which it was trained.
    ///
    /// The preprocessing is stored as tensors whose names begin with `preprocessing/`. Preprocessing that does not end
    /// in the network's input does not compile.
    ///
    /// # Examples
    /// ```
    /// use plywood::data::{Transform, Transformed, digits};
    /// use plywood::preprocess::{NormalizeContrast, Standardize};
    /// use plywood::{Image, Model, Trainer, network};
    ///
    /// network! { Reader: Image<28, 28, 1> => Flat<10> { flatten, dense(10) } }
    /// type Digit = Image<28, 28, 1>;
    /// type Pipeline = (NormalizeContrast<Digit>, Standardize<Digit>);
    ///
    /// let train = digits(200, 1);
    /// let contrast = NormalizeContrast::new(0.01)?;
    /// let pipeline: Pipeline = contrast.then(Standardize::fit(&Transformed::new(&train, contrast))?);
    /// let train = Transformed::new(train, &pipeline);
    /// let mut model = Model::<Reader>::new(1);
    /// Trainer::new().epochs(1).run(&mut model, &train).validate(&train).fit()?;
    /// let path = std::env::temp_dir().join("plywood-doc").join("reader.safetensors");
    /// model.save_with(&pipeline, &path)?;
    ///
    /// // another program, with digits as they come
    /// let (model, pipeline) = Model::<Reader>::load_with::<Pipeline>(&path)?;
    /// let scores = model.infer(&pipeline.of(&digits(1, 2).example(0)));
    /// # let _: [f32; 10] = scores;
    /// # Ok::<(), plywood::Error>(())
    /// ```
    ///
    /// # Errors
    /// Returns the errors of [`save`](Self::save), also for the numbers of the preprocessing.
    pub fn save_with<P: Keep<Out: Precedes<N::In>>>(
        &self,
        preprocessing: &P,
        path: impl AsRef<Path>,
    ) -> Result<()> {
        let path = path.as_ref();
        replace(path, &encoded(self, Some(&preprocessing.to_vectors()), path)?, Durable::Yes)
    }

    /// Returns the bytes of the file that [`save_with`](Self::save_with) writes.
    ///
    /// # Errors
    /// Returns the errors of [`to_bytes`](Self::to_bytes), also for the numbers of the preprocessing.
    pub fn to_bytes_with<P: Keep<Out: Precedes<N::In>>>(&self, preprocessing: &P) -> Result<Vec<u8>> {
        encoded(self, Some(&preprocessing.to_vectors()), Path::new(BYTES))
    }

    /// Writes the bytes of the file that [`save_with`](Self::save_with) writes, as [`write_to`](Self::write_to) does.
    ///
    /// # Errors
    /// Returns the errors of [`write_to`](Self::write_to), also for the numbers of the preprocessing.
    pub fn write_to_with<P: Keep<Out: Precedes<N::In>>>(
        &self,
        preprocessing: &P,
        writer: impl Write,
    ) -> Result<()> {
        write(writer, &self.to_bytes_with(preprocessing)?)
    }

    /// Loads a model and the preprocessing that was [saved](Self::save_with) with it.
    ///
    /// The file may also be a [checkpoint](crate::train::Checkpoints::preprocessing).
    ///
    /// # Errors
    /// Returns the errors of [`load`](Self::load), and [`Error::Format`] if the file holds no preprocessing or a
    /// different one.
    pub fn load_with<P: Keep<Out: Precedes<N::In>>>(path: impl AsRef<Path>) -> Result<(Self, P)> {
        let path = path.as_ref();
        Self::decoded_with(path, &read(path)?)
    }

    /// Reads a model and its preprocessing from the bytes of a file, as [`load_with`](Self::load_with) does.
    ///
    /// # Examples
    /// ```
    /// use plywood::data::digits;
    /// use plywood::preprocess::Standardize;
    /// use plywood::{Image, Model, network};
    ///
    /// network! { Reader: Image<28, 28, 1> => Flat<10> { flatten, dense(10) } }
    ///
    /// let standardize = Standardize::fit(&digits(100, 1))?;
    /// let bytes = Model::<Reader>::new(1).to_bytes_with(&standardize)?;
    /// let (model, standardize) = Model::<Reader>::from_bytes_with::<Standardize<Image<28, 28, 1>>>(&bytes)?;
    /// # let _ = (model, standardize);
    /// # Ok::<(), plywood::Error>(())
    /// ```
    ///
    /// # Errors
    /// Returns the errors of [`load_with`](Self::load_with) for the content of a file. In place of the path they name
    /// `bytes of a model`.
    pub fn from_bytes_with<P: Keep<Out: Precedes<N::In>>>(bytes: &[u8]) -> Result<(Self, P)> {
        Self::decoded_with(Path::new(BYTES), bytes)
    }

    /// Reads a model and its preprocessing from all bytes that a reader gives until its end.
    ///
    /// # Errors
    /// Returns the errors of [`from_bytes_with`](Self::from_bytes_with), and [`Error::Io`] if the reader fails.
    pub fn read_from_with<P: Keep<Out: Precedes<N::In>>>(reader: impl Read) -> Result<(Self, P)> {
        Self::from_bytes_with(&read_to_end(reader)?)
    }

    fn decoded_with<P: Keep<Out: Precedes<N::In>>>(path: &Path, bytes: &[u8]) -> Result<(Self, P)> {
        let archive = Archive::decode(path, bytes)?;
        let model = read_model(path, &archive)?;
        let vectors = read_vectors(path, &archive)?;
        if vectors.is_empty() {
            return Err(differs(
                path,
                "preprocessing",
                "none",
                &format!("`{}` and what it has learned", P::KIND),
            ));
        }
        let preprocessing = P::from_vectors(vectors).map_err(|error| match error {
            // adds the name of the file
            Error::Data { what, found, expected } => differs(path, &what, &found, &expected),
            Error::Argument { argument, found, expected } => {
                differs(path, &format!("preprocessing, {argument}"), &found, &expected)
            }
            other => other,
        })?;
        Ok((model, preprocessing))
    }
}

/// Refuses preprocessing that a file should not hold.
///
/// # Errors
/// Returns [`Error::Data`] for the first number that is not finite.
pub(crate) fn check_vectors(vectors: &Vectors) -> Result<()> {
    for (name, numbers) in vectors.iter() {
        if let Some(at) = not_finite(numbers) {
            let what = format!("preprocessing, vector `{name}`, number [{at}]");
            return Err(Error::data(what, format!("{:?}", numbers[at]), "a finite number, to be saved"));
        }
    }
    Ok(())
}

/// Adds preprocessing to a file.
pub(crate) fn write_vectors<'a>(vectors: &'a Vectors, archive: &mut Archive<'a>) {
    for (name, numbers) in vectors.iter() {
        archive.vector(format!("{PREPROCESSING}{name}"), numbers);
    }
}

/// Returns the preprocessing of a file, which is empty if the file holds none.
pub(crate) fn read_vectors(path: &Path, archive: &Archive<'_>) -> Result<Vectors> {
    let mut vectors = Vectors::new();
    for (name, window) in &archive.tensors {
        let Some(own) = name.strip_prefix(PREPROCESSING) else { continue };
        vectors.put(own, window.finite(path, name)?);
    }
    Ok(vectors)
}

fn differs(path: &Path, what: &str, found: &str, expected: &str) -> Error {
    Error::Format {
        path: path.to_owned(),
        what: what.to_owned(),
        found: found.to_owned(),
        expected: expected.to_owned(),
    }
}
