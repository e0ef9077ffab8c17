//! Models as files.

use std::path::Path;

use super::preprocessing::PREPROCESSING;
use super::{Architecture, Archive, check_names, replace, sides};
use crate::outline::{Kind, Tensor};
use crate::{Error, Layer, Model, Result, Scalar, Shape};

/// Tensors of a file that are no network's: what a checkpoint holds beside the model.
pub(crate) const STATE: &str = "state/";

impl<N: Layer, T: Scalar> Model<N, T> {
    /// Saves the model as a file of [safetensors](https://github.com/huggingface/safetensors), which Python reads with
    /// `safetensors.numpy.load_file`: each tensor under its name as in [`tensors`](Self::tensors), with the sides and
    /// in the order as they lie in the model, the last side contiguous. Missing folders are made; an old file is
    /// replaced as a whole.
    ///
    /// ```
    /// use plywood::layers::Dense;
    /// use plywood::{Error, Model};
    ///
    /// let path = std::env::temp_dir().join("plywood-doc").join("model.safetensors");
    /// let model = Model::<Dense<3, 2>>::new(1);
    /// model.save(&path)?;
    /// assert_eq!(Model::load(&path)?, model);
    ///
    /// let other = Model::<Dense<3, 4>>::load(&path).unwrap_err().to_string();
    /// let expected = "found dense 3 to 2, weight 3×2, bias 2, expected dense 3 to 4, weight 3×4, bias 4";
    /// assert!(other.ends_with(&format!("layer dense1: {expected}")), "{other}");
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// * [`Error::Io`] when the file cannot be written;
    /// * [`Error::Format`] when the outline of a layer gives two tensors one name.
    pub fn save(&self, path: impl AsRef<Path>) -> Result<()> {
        let path = path.as_ref();
        check_names::<N>(path)?;
        let mut archive = Archive::default();
        write_model(self, &mut archive);
        replace(path, &archive.encode(path)?, false)
    }

    /// Loads a model that was [saved](Self::save), a checkpoint's, or one that another program wrote with the same names
    /// and sides. `f32` and `f64` are read as the other where the model is of the other. If preprocessing was saved
    /// with it, [`load_with`](Self::load_with) gives that too; here it is passed over.
    ///
    /// # Errors
    /// * [`Error::Io`] when the file cannot be read;
    /// * [`Error::Format`] when it is damaged, or of another network: with the first layer or tensor that differs.
    pub fn load(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let bytes = read(path)?;
        read_model(path, &Archive::decode(path, &bytes)?)
    }
}

/// All of a file.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>> {
    std::fs::read(path).map_err(|source| Error::Io { path: path.to_owned(), action: "read", source })
}

/// Adds a model to a file.
pub(crate) fn write_model<'a, N: Layer, T: Scalar>(model: &'a Model<N, T>, archive: &mut Archive<'a>) {
    Architecture::of::<N>().note(archive);
    archive.note("network", N::NAME);
    for tensor in model.tensors() {
        let numbers = match tensor.kind {
            Kind::Buffer => &model.buffers()[tensor.range()],
            _ => &model.params()[tensor.range()],
        };
        archive.tensor(tensor.name, tensor.dims, numbers);
    }
}

/// The model of a file.
pub(crate) fn read_model<N: Layer, T: Scalar>(path: &Path, archive: &Archive<'_>) -> Result<Model<N, T>> {
    check_names::<N>(path)?;
    Architecture::of::<N>().check(path, archive)?;
    let mut model = Model::<N, T>::zeros();
    let tensors = model.tensors();
    for tensor in &tensors {
        let numbers = read_tensor(path, archive, tensor)?;
        let all = match tensor.kind {
            Kind::Buffer => model.buffers_mut(),
            _ => model.params_mut(),
        };
        all[tensor.range()].copy_from_slice(&numbers);
    }
    let known = |name: &String| {
        [STATE, PREPROCESSING].iter().any(|beside| name.starts_with(beside))
            || tensors.iter().any(|tensor| tensor.name == *name)
    };
    match archive.tensors.keys().find(|name| !known(name)) {
        None => Ok(model),
        Some(name) => {
            let (input, output) = (<N::In as Shape>::DIMS, <N::Out as Shape>::DIMS);
            let expected = format!("none of that name in {} of {input} to {output}", N::NAME);
            Err(differs(path, name, sides(archive.tensors[name].dims()), expected))
        }
    }
}

fn read_tensor<T: Scalar>(path: &Path, archive: &Archive<'_>, tensor: &Tensor) -> Result<Vec<T>> {
    let expected = sides(&tensor.dims);
    let Some(window) = archive.tensors.get(&tensor.name) else {
        return Err(differs(path, &tensor.name, "none".to_owned(), expected));
    };
    if window.dims() != tensor.dims {
        return Err(differs(path, &tensor.name, sides(window.dims()), expected));
    }
    let other = || differs(path, &tensor.name, window.precision(), "f32 or f64".to_owned());
    window.numbers().ok_or_else(other)
}

fn differs(path: &Path, name: &str, found: String, expected: String) -> Error {
    Error::Format { path: path.to_owned(), what: format!("tensor {name}"), found, expected }
}
