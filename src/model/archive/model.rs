//! Saves and loads models as files.

use std::io::{Read, Write};
use std::path::Path;

use crate::core::outline::{Outline, Tensor, sides};
use crate::core::{Layer, Shape};
use crate::data::TargetScale;
use crate::data::transform::preprocess::Vectors;
use crate::error::{Error, Result};
use crate::file::{self, Durable, replace};
use crate::model::Model;
use crate::model::archive::layout::Layout;
use crate::model::archive::preprocessing::PREPROCESSING;
use crate::model::archive::{
    Architecture, Archive, INPUTS_FIRST, LAYOUT, OURS, check_names, check_vectors, index, not_finite,
    write_vectors,
};
use plywood_kernel::Scalar;

/// The prefix of tensors in a file that belong to a checkpoint and not to the network.
pub(crate) const STATE: &str = "state/";
/// The name of the note that holds the names of the classes.
const CLASSES: &str = "classes";
/// The name of the note that holds the scales of the targets: a mean and a deviation on each line.
const SCALES: &str = "target scales";

impl<N: Layer, T: Scalar> Model<N, T> {
    /// Saves the model as a [safetensors](https://github.com/huggingface/safetensors) file, which Python reads with
    /// `safetensors.numpy.load_file`.
    ///
    /// Each tensor has its name from [`tensors`](Self::tensors), and its sides and numbers are in the order of the
    /// model, with the last side contiguous. Missing folders are created. An old file is replaced as a whole, and the
    /// new one has its access rights. If the path is a link, its target is replaced.
    ///
    /// # Examples
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
    /// - [`Error::Io`] if the file cannot be written, or would replace a folder, a pipe, a device or a write-protected
    ///   file.
    /// - [`Error::Format`] if the outline of a layer gives two tensors one name.
    /// - [`Error::Data`] for a model with a number that is not finite, which [`load`](Self::load) would refuse; an old
    ///   file stays as it is.
    pub fn save(&self, path: impl AsRef<Path>) -> Result<()> {
        let path = path.as_ref();
        replace(path, &encoded(self, None, path)?, Durable::Yes)
    }

    /// Returns the bytes of the file that [`save`](Self::save) writes, for storage other than a file system.
    ///
    /// # Examples
    /// ```
    /// use plywood::Model;
    /// use plywood::layers::Dense;
    ///
    /// let model = Model::<Dense<3, 2>>::new(1);
    /// let bytes: Vec<u8> = model.to_bytes()?;
    /// assert_eq!(Model::<Dense<3, 2>>::from_bytes(&bytes)?, model);
    /// # Ok::<(), plywood::Error>(())
    /// ```
    ///
    /// # Errors
    /// Returns [`Error::Format`] if the outline of a layer gives two tensors one name, and [`Error::Data`] for a model
    /// with a number that is not finite.
    pub fn to_bytes(&self) -> Result<Vec<u8>> {
        encoded(self, None, Path::new(BYTES))
    }

    /// Writes the bytes of the file that [`save`](Self::save) writes, for example to a network connection or into an
    /// archive.
    ///
    /// # Examples
    /// ```
    /// use plywood::Model;
    /// use plywood::layers::Dense;
    ///
    /// let model = Model::<Dense<3, 2>>::new(1);
    /// let mut written = Vec::new();
    /// model.write_to(&mut written)?;
    /// assert_eq!(written, model.to_bytes()?);
    /// assert_eq!(Model::<Dense<3, 2>>::read_from(written.as_slice())?, model);
    /// # Ok::<(), plywood::Error>(())
    /// ```
    ///
    /// # Errors
    /// Returns the errors of [`to_bytes`](Self::to_bytes), before anything is written, and [`Error::Io`] if the writer
    /// fails, with `bytes of a model` in place of a path.
    pub fn write_to(&self, writer: impl Write) -> Result<()> {
        write(writer, &self.to_bytes()?)
    }

    /// Loads a model from a file that [`save`](Self::save) wrote, from a checkpoint, or from a file that another
    /// program wrote with the same names and sides.
    ///
    /// Numbers in `f32` and `f64` are converted to the precision of the model. If preprocessing was saved with the
    /// model, [`load_with`](Self::load_with) returns that too, while this function ignores it. A file of an earlier
    /// version of this library can be read unless the names of the network's tensors have changed since: in the third
    /// branch of a `concat`, of a label in a `repeat`, and where a number follows a name that ends in a digit.
    ///
    /// # Files of other programs
    ///
    /// Programs keep the sides of weights in different orders:
    ///
    /// | layer | plywood | PyTorch |
    /// |---|---|---|
    /// | `dense` | inputs × outputs | outputs × inputs |
    /// | `conv` | height × width × inputs × outputs | outputs × inputs × height × width |
    /// | `conv_transpose` | height × width × outputs × inputs | inputs × outputs × height × width |
    /// | `layer_norm` of an image | height × width × channels | channels × height × width |
    ///
    /// Sides of different lengths show the order. A square matrix does not, and a network that loads it transposed
    /// gives wrong numbers without an error. A file in which a tensor could have either order is therefore refused,
    /// unless it declares that its tensors have plywood's order. To load such a file, bring all tensors into that
    /// order, and write the metadata `plywood.layout`, as in Python `save_file(tensors, path,
    /// metadata={"plywood.layout": "inputs first"})`. Files written by [`save`](Self::save) contain it. No file shows
    /// the order of the inputs of a dense layer after `flatten`: here it is rows, columns, channels, while PyTorch has
    /// channels first.
    ///
    /// # Errors
    /// - [`Error::Io`] if the file cannot be read, or is a folder, a pipe or a device.
    /// - [`Error::Format`] if the file is damaged; if it belongs to another network, with the first layer or tensor
    ///   that differs; if another program wrote it and a tensor could have either order; or if a number is not finite,
    ///   since neither NaN nor an infinity is of use in a model.
    pub fn load(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let bytes = read(path)?;
        read_model(path, &Archive::decode(path, &bytes)?)
    }

    /// Reads a model from the bytes of a file, as [`load`](Self::load) does: those of [`to_bytes`](Self::to_bytes), of
    /// `include_bytes!`, or what a network connection gave.
    ///
    /// # Errors
    /// Returns the errors of [`load`](Self::load) for the content of a file. In place of the path they name
    /// `bytes of a model`.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        let path = Path::new(BYTES);
        read_model(path, &Archive::decode(path, bytes)?)
    }

    /// Reads a model from all bytes that a reader gives until its end, as [`from_bytes`](Self::from_bytes) does.
    ///
    /// # Errors
    /// Returns the errors of [`from_bytes`](Self::from_bytes), and [`Error::Io`] if the reader fails.
    pub fn read_from(reader: impl Read) -> Result<Self> {
        Self::from_bytes(&read_to_end(reader)?)
    }
}

/// Writes all bytes of a model.
pub(super) fn write(mut writer: impl Write, bytes: &[u8]) -> Result<()> {
    let written = writer.write_all(bytes).and_then(|()| writer.flush());
    written.map_err(|source| Error::Io { path: BYTES.into(), action: "write", source })
}

/// Reads the bytes of a model until the end.
pub(super) fn read_to_end(mut reader: impl Read) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    match reader.read_to_end(&mut bytes) {
        Ok(_) => Ok(bytes),
        Err(source) => Err(Error::Io { path: BYTES.into(), action: "read", source }),
    }
}

/// The name in messages of a file that lies in memory.
pub(crate) const BYTES: &str = "bytes of a model";

/// Returns the bytes of a model's file. `path` is the file's name in messages.
pub(crate) fn encoded<N: Layer, T: Scalar>(
    model: &Model<N, T>,
    preprocessing: Option<&Vectors>,
    path: &Path,
) -> Result<Vec<u8>> {
    check_names::<N>(path)?;
    check_numbers(model)?;
    let mut archive = Archive::default();
    write_model(model, &mut archive);
    if let Some(vectors) = preprocessing {
        check_vectors(vectors)?;
        write_vectors(vectors, &mut archive);
    }
    archive.encode(path)
}

/// Reads all bytes of a file.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>> {
    file::read(path)
}

/// Writes each name on a line, with line ends within a name as `\\n`.
fn lines(names: &[String]) -> String {
    let escaped = |name: &String| name.replace('\\', "\\\\").replace('\n', "\\n");
    names.iter().map(escaped).collect::<Vec<_>>().join("\n")
}

/// Reads a name as written by [`lines`].
fn unescaped(line: &str) -> String {
    let mut name = String::with_capacity(line.len());
    let mut letters = line.chars();
    while let Some(letter) = letters.next() {
        match if letter == '\\' { letters.next() } else { None } {
            None => name.push(letter),
            Some('n') => name.push('\n'),
            Some(escaped) => name.push(escaped),
        }
    }
    name
}

/// Reads the scales of `count` numbers of a target.
fn scales(path: &Path, text: &str, count: usize) -> Result<Vec<TargetScale>> {
    let scale = |line: &str| {
        let (mean, deviation) = line.split_once(' ')?;
        TargetScale::new(mean.parse().ok()?, deviation.parse().ok()?).ok()
    };
    let scales: Option<Vec<TargetScale>> = text.split('\n').map(scale).collect();
    scales.filter(|scales| scales.len() == count).ok_or_else(|| Error::Format {
        path: path.to_owned(),
        what: SCALES.to_owned(),
        found: format!("`{}`", text.replace('\n', "`, `")),
        expected: format!("a finite mean and a deviation above 0 for each of {count} outputs"),
    })
}

/// Adds a model to a file.
pub(crate) fn write_model<'a, N: Layer, T: Scalar>(model: &'a Model<N, T>, archive: &mut Archive<'a>) {
    Architecture::of::<N>().note(archive);
    archive.note("network", N::NAME);
    if let Some(names) = model.class_names() {
        archive.note(CLASSES, lines(names));
    }
    if let Some(scales) = model.target_scales() {
        // Rust prints as many digits as give the same number back
        let line = |scale: &TargetScale| format!("{:?} {:?}", scale.mean(), scale.deviation());
        archive.note(SCALES, scales.iter().map(line).collect::<Vec<_>>().join("\n"));
    }
    for tensor in model.tensors() {
        let numbers = model.numbers(&tensor);
        archive.tensor(tensor.name, tensor.dims, numbers);
    }
}

/// Refuses a model that a file should not hold.
///
/// # Errors
/// Returns [`Error::Data`] for the first number that is not finite, with its tensor and its position in the tensor.
fn check_numbers<N: Layer, T: Scalar>(model: &Model<N, T>) -> Result<()> {
    if not_finite(model.params()).or(not_finite(model.buffers())).is_none() {
        return Ok(());
    }
    for tensor in model.tensors() {
        let numbers = model.numbers(&tensor);
        if let Some(at) = not_finite(numbers) {
            let what = format!("tensor {}, number {}", tensor.name, index(&tensor.dims, at));
            return Err(Error::data(
                what,
                format!("{:?}", numbers[at].to_f64()),
                "a finite number, to be saved",
            ));
        }
    }
    Ok(())
}

/// Reads the model of a file.
pub(crate) fn read_model<N: Layer, T: Scalar>(path: &Path, archive: &Archive<'_>) -> Result<Model<N, T>> {
    check_tensors::<N>(path, archive)?;
    read_tensors(path, archive)
}

/// Reads the model of a file that was [checked](check_tensors).
pub(crate) fn read_tensors<N: Layer, T: Scalar>(path: &Path, archive: &Archive<'_>) -> Result<Model<N, T>> {
    let mut model = Model::<N, T>::zeros();
    if let Some(names) = archive.notes.get(CLASSES) {
        model.name_classes(names.split('\n').map(unescaped));
    }
    if let Some(text) = archive.notes.get(SCALES) {
        model.scale_targets(Some(&scales(path, text, <N::Out as Shape>::LEN)?));
    }
    for tensor in model.tensors() {
        let numbers = match archive.tensors.get(&tensor.name) {
            Some(window) => window.finite(path, &tensor.name)?,
            None => return Err(differs(path, &tensor.name, "none".to_owned(), sides(&tensor.dims))),
        };
        model.numbers_mut(&tensor).copy_from_slice(&numbers);
    }
    Ok(model)
}

/// Checks that a file holds the tensors of a network, in its order.
pub(crate) fn check_tensors<N: Layer>(path: &Path, archive: &Archive<'_>) -> Result<()> {
    check_names::<N>(path)?;
    Architecture::of::<N>().check(path, archive)?;
    let outline = Outline::of::<N>();
    let tensors = &outline.tensors;
    for tensor in tensors {
        check_tensor(path, archive, &outline, tensor)?;
    }
    let known = |name: &String| {
        [STATE, PREPROCESSING].iter().any(|beside| name.starts_with(beside))
            || tensors.iter().any(|tensor| tensor.name == *name)
    };
    match archive.tensors.keys().find(|name| !known(name)) {
        None => {}
        Some(name) => {
            let (input, output) = (<N::In as Shape>::DIMS, <N::Out as Shape>::DIMS);
            let expected = format!("none of that name in {} of {input} to {output}", N::NAME);
            return Err(differs(path, name, sides(archive.tensors[name].dims()), expected));
        }
    }
    tensors.iter().try_for_each(|tensor| check_order(path, archive, &outline, tensor))
}

/// Refuses a tensor that could have another program's order, in a file that does not say which it has.
pub(super) fn check_order(
    path: &Path,
    archive: &Archive<'_>,
    outline: &Outline,
    tensor: &Tensor,
) -> Result<()> {
    let layout = Layout::of_tensor(outline, tensor);
    if archive.is_marked || !layout.is_ambiguous(&tensor.dims) {
        return Ok(());
    }
    let expected = format!(
        "a file that says so: {layout}; bring all of its tensors into plywood's order and write the metadata \
         `{OURS}{LAYOUT}` with `{INPUTS_FIRST}`, see `Model::load`"
    );
    Err(differs(path, &tensor.name, Layout::unknown(&tensor.dims), expected))
}

fn check_tensor(path: &Path, archive: &Archive<'_>, outline: &Outline, tensor: &Tensor) -> Result<()> {
    match archive.tensors.get(&tensor.name) {
        None => Err(differs(path, &tensor.name, "none".to_owned(), sides(&tensor.dims))),
        Some(window) if window.dims() == tensor.dims => Ok(()),
        Some(window) => {
            let expected = expected_sides(archive, outline, tensor, window.dims());
            Err(differs(path, &tensor.name, sides(window.dims()), expected))
        }
    }
}

/// Describes the sides of a tensor that has other sides in a file, and how to turn it if that is why.
pub(super) fn expected_sides(
    archive: &Archive<'_>,
    outline: &Outline,
    tensor: &Tensor,
    found: &[usize],
) -> String {
    let layout = Layout::of_tensor(outline, tensor);
    let expected = sides(&tensor.dims);
    if archive.is_marked || !layout.is_turned(found, &tensor.dims) {
        return expected;
    }
    format!("{expected}: {layout}; turn all tensors that lie so, see `Model::load`")
}

pub(super) fn differs(path: &Path, name: &str, found: String, expected: String) -> Error {
    Error::Format { path: path.to_owned(), what: format!("tensor {name}"), found, expected }
}

#[test]
fn names_of_classes_are_read_as_they_were() {
    for names in [&["a", "b"][..], &[""], &["a\nb", "c\\n", "\\", "d\\\n"]] {
        let names: Vec<String> = names.iter().map(|&name| name.to_owned()).collect();
        let read: Vec<String> = lines(&names).split('\n').map(unescaped).collect();
        assert_eq!(read, names);
    }
}
