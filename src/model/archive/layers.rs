//! Loads some layers of a model from a file.

use std::path::Path;

use crate::core::Layer;
use crate::core::outline::{Outline, sides};
use crate::error::Result;
use crate::model::Model;
use crate::model::archive::model::{BYTES, check_order, differs, expected_sides};
use crate::model::archive::preprocessing::PREPROCESSING;
use crate::model::archive::{Archive, STATE, check_names, read};
use crate::model::transfer::{Offer, Plan, Problem, Selection, Taken, instead, perhaps, plan, renamed};
use plywood_kernel::Scalar;
use safetensors::tensor::Dtype;

impl<N: Layer, T: Scalar> Model<N, T> {
    /// Loads some layers from a file: parameters and running statistics. The file may be that of another network, a
    /// checkpoint, or a file that another program wrote.
    ///
    /// The [selection](Selection) says which: a label, a list of labels, pairs of the names there and here, a function
    /// that renames tensors, or [`Selection::matching`] for all that have the same name and the same sides in both.
    /// Names of classes, scales of targets and preprocessing are not loaded. Numbers in `f32` and `f64` are converted
    /// to the precision of the model. For the order of the sides of tensors in files of other programs, see
    /// [`load`](Self::load).
    ///
    /// [`take_layers`](Self::take_layers) does the same with another model.
    ///
    /// # Examples
    /// ```
    /// use plywood::{Model, network};
    ///
    /// network! {
    ///     Digits: Image<28, 28, 1> => Flat<10> { flatten, trunk: dense(64), relu, head: dense(10) }
    ///     Parity: Image<28, 28, 1> => Flat<2> { flatten, body: dense(64), relu, dense(2) }
    /// }
    ///
    /// let path = std::env::temp_dir().join("plywood-doc").join("digits.safetensors");
    /// Model::<Digits>::new(1).save(&path)?;
    ///
    /// let mut parity = Model::<Parity>::new(2);
    /// let taken = parity.load_layers(&path, [("trunk", "body")])?;
    /// assert_eq!(
    ///     taken.to_string(),
    ///     "took 2 of 4 tensors, 50240 of 50370 numbers: body.weight (there trunk.weight), body.bias (there trunk.bias)\n\
    ///      kept 2: dense4.weight, dense4.bias\n\
    ///      not used: head.bias, head.weight"
    /// );
    /// # Ok::<(), plywood::Error>(())
    /// ```
    ///
    /// # Errors
    /// The model stays as it was after an error.
    ///
    /// - [`Error::Io`](crate::Error::Io) if the file cannot be read, or is a folder, a pipe or a device.
    /// - [`Error::Argument`](crate::Error::Argument) for a name that stands for no tensor, and if nothing would be
    ///   loaded.
    /// - [`Error::Format`](crate::Error::Format) if the file is damaged; for the first selected tensor that only one of
    ///   both has or that has other sides; and if a selected tensor could have either order or holds a number that is
    ///   not finite. A tensor of whole numbers that the model does not have, such as a counter of another program, is
    ///   not an error.
    pub fn load_layers<'a>(
        &mut self,
        path: impl AsRef<Path>,
        selection: impl Into<Selection<'a>>,
    ) -> Result<Taken> {
        let path = path.as_ref();
        self.decode_layers(path, &read(path)?, &selection.into())
    }

    /// Loads some layers from the bytes of a file, as [`load_layers`](Self::load_layers) does: those of
    /// [`to_bytes`](Self::to_bytes), of `include_bytes!`, or what a network connection gave.
    ///
    /// # Errors
    /// Returns the errors of [`load_layers`](Self::load_layers) for the content of a file. In place of the path they
    /// name `bytes of a model`.
    pub fn load_layers_from_bytes<'a>(
        &mut self,
        bytes: &[u8],
        selection: impl Into<Selection<'a>>,
    ) -> Result<Taken> {
        self.decode_layers(Path::new(BYTES), bytes, &selection.into())
    }

    fn decode_layers(&mut self, path: &Path, bytes: &[u8], selection: &Selection<'_>) -> Result<Taken> {
        check_names::<N>(path)?;
        let outline = Outline::of::<N>();
        let (loaded, taken) = decode::<T>(path, bytes, N::NAME, &outline, selection)?;
        for (tensor, numbers) in loaded {
            self.numbers_mut(&outline.tensors[tensor]).copy_from_slice(&numbers);
        }
        Ok(taken)
    }
}

/// The numbers of tensors, by their indices.
type Loaded<T> = Vec<(usize, Vec<T>)>;

/// Reads the selected tensors of a file. It is compiled once instead of for each network.
fn decode<T: Scalar>(
    path: &Path,
    bytes: &[u8],
    network: &str,
    outline: &Outline,
    selection: &Selection<'_>,
) -> Result<(Loaded<T>, Taken)> {
    const SOURCE: &str = "the file";

    let archive = Archive::decode(path, bytes)?;
    let is_own = |name: &str| ![STATE, PREPROCESSING].iter().any(|beside| name.starts_with(beside));
    let offers = archive.tensors.iter().filter(|(name, _)| is_own(name)).map(|(name, window)| Offer {
        name,
        dims: window.dims(),
        is_real: is_real(window.dtype),
    });
    let offers: Vec<Offer<'_>> = offers.collect();
    let problem = |problem| match problem {
        Problem::Selection(error) => error,
        Problem::Missing { here, near } => {
            let tensor = &outline.tensors[here];
            let found = format!("none{}", instead(near.as_deref(), &tensor.name));
            differs(path, &tensor.name, found, sides(&tensor.dims))
        }
        Problem::Sides { here, there } => {
            let (tensor, offer) = (&outline.tensors[here], &offers[there]);
            let found = format!("{}{}", sides(offer.dims), renamed(offer.name, &tensor.name));
            differs(path, &tensor.name, found, expected_sides(&archive, outline, tensor, offer.dims))
        }
        Problem::Extra { there, name, near } => {
            let found = format!("{}{}", sides(offers[there].dims), renamed(offers[there].name, &name));
            let expected = format!("none of that name in {network}{}", perhaps(near.as_deref()));
            differs(path, &name, found, expected)
        }
    };
    let Plan { pairs, taken } = plan(selection, [network, SOURCE], outline, &offers).map_err(problem)?;
    let load = |&[here, there]: &[usize; 2]| {
        check_order(path, &archive, outline, &outline.tensors[here])?;
        let name = offers[there].name;
        Ok((here, archive.tensors[name].finite(path, name)?))
    };
    let loaded = pairs.iter().map(load).collect::<Result<_>>()?;
    Ok((loaded, taken))
}

/// Returns true for types of numbers with fractions.
fn is_real(dtype: Dtype) -> bool {
    !matches!(
        dtype,
        Dtype::BOOL
            | Dtype::U8
            | Dtype::I8
            | Dtype::I16
            | Dtype::U16
            | Dtype::I32
            | Dtype::U32
            | Dtype::I64
            | Dtype::U64
    )
}
