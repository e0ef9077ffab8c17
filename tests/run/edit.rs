//! Files that somebody changed, with the checksum that belongs to what they now hold.

use std::collections::BTreeMap;
use std::path::Path;

use safetensors::tensor::{Dtype, SafeTensors, TensorView};

/// The prefix of the names of notes in a file.
const OURS: &str = "plywood.";

/// A file's notes and tensors, to be changed.
#[derive(Clone)]
pub(super) struct Edit {
    pub(super) notes: BTreeMap<String, String>,
    pub(super) tensors: BTreeMap<String, Tensor>,
}

/// A tensor as a file has it.
#[derive(Clone)]
pub(super) struct Tensor {
    pub(super) dtype: Dtype,
    pub(super) dims: Vec<usize>,
    pub(super) bytes: Vec<u8>,
}

impl Tensor {
    /// A flat vector.
    pub(super) fn of(numbers: &[f64]) -> Self {
        let bytes = numbers.iter().flat_map(|number| number.to_le_bytes()).collect();
        Self { dtype: Dtype::F64, dims: vec![numbers.len()], bytes }
    }
}

impl Edit {
    pub(super) fn open(path: &Path) -> Self {
        let bytes = std::fs::read(path).expect("a file");
        let (_, metadata) = SafeTensors::read_metadata(&bytes).expect("a header");
        let file = SafeTensors::deserialize(&bytes).expect("a whole file");
        let tensor = |view: TensorView<'_>| Tensor {
            dtype: view.dtype(),
            dims: view.shape().to_vec(),
            bytes: view.data().to_vec(),
        };
        Self {
            notes: metadata
                .metadata()
                .iter()
                .flatten()
                .filter_map(|(name, value)| Some((name.strip_prefix(OURS)?.to_owned(), value.clone())))
                .collect(),
            tensors: file.tensors().into_iter().map(|(name, view)| (name, tensor(view))).collect(),
        }
    }

    pub(super) fn save(self, path: &Path) {
        self.save_with_prefix(path, OURS);
    }

    /// As earlier versions wrote files: notes under their own names, and none about the layout.
    pub(super) fn save_as_earlier(mut self, path: &Path) {
        self.notes.remove("layout").expect("a layout");
        self.save_with_prefix(path, "");
    }

    fn save_with_prefix(mut self, path: &Path, prefix: &str) {
        self.notes.insert("checksum".to_owned(), "00000000".to_owned());
        let views = self.tensors.iter().map(|(name, tensor)| {
            (
                name,
                TensorView::new(tensor.dtype, tensor.dims.clone(), &tensor.bytes).expect("as many numbers"),
            )
        });
        let notes = self.notes.into_iter().map(|(name, value)| (format!("{prefix}{name}"), value));
        let mut bytes = safetensors::serialize(views, Some(notes.collect())).expect("a file");
        seal(&mut bytes);
        std::fs::write(path, bytes).expect("a write");
    }
}

/// Writes the checksum, if there is a place for it, over all bytes with zeros in that place.
pub(super) fn seal(bytes: &mut [u8]) {
    const DIGITS: usize = 8;

    // now, and in earlier versions
    let place = ["\"plywood.checksum\":\"", "\"checksum\":\""].iter().find_map(|key| {
        let at = bytes.windows(key.len()).position(|window| window == key.as_bytes())?;
        Some(at + key.len())
    });
    let Some(place) = place else { return };
    if bytes.len() < place + DIGITS {
        return;
    }
    bytes[place..][..DIGITS].fill(b'0');
    let checksum = format!("{:08x}", crc32fast::hash(bytes));
    bytes[place..][..DIGITS].copy_from_slice(checksum.as_bytes());
}

#[test]
fn what_is_not_changed_stays() {
    let path = super::scratch("edit").join("model.safetensors");
    let model = plywood::Model::<super::Noisy>::new(1);
    model.save(&path).expect("a file");
    Edit::open(&path).save(&path);
    assert_eq!(plywood::Model::load(&path).expect("the checksum is right"), model);
    let mut bytes = std::fs::read(&path).expect("a file");
    *bytes.last_mut().expect("bytes") ^= 1;
    std::fs::write(&path, &bytes).expect("a write");
    assert!(plywood::Model::<super::Noisy>::load(&path).is_err());
    seal(&mut bytes);
    std::fs::write(&path, &bytes).expect("a write");
    assert!(plywood::Model::<super::Noisy>::load(&path).expect("the checksum is right") != model);
}
