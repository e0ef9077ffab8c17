//! Files of a small network, for the targets that read them and the program that writes the first ones.

// each uses a part of it
#![allow(dead_code)]

use std::path::{Path, PathBuf};

use plywood::data::{Examples, Transform};
use plywood::loss::SoftmaxCrossEntropy;
use plywood::optim::Adam;
use plywood::preprocess::{NormalizeContrast, Standardize};
use plywood::train::Checkpoints;
use plywood::{Flat, Model, Threads, Trainer, network};

network! {
    /// With parameters and running statistics.
    pub Small: Flat<2> => Flat<2> { dense(2), batch_norm, relu, dense(2) }
}

pub type Pipeline = (NormalizeContrast<Flat<2>>, Standardize<Flat<2>>);

/// Three examples to train on.
pub fn data() -> Examples<Flat<2>> {
    let examples = [([0.5, 1.0], 0), ([-1.0, 0.25], 1), ([2.0, -0.5], 1)];
    Examples::from_arrays(examples).expect("finite numbers")
}

pub fn pipeline() -> Pipeline {
    let standardize = Standardize::fit(&data()).expect("data");
    NormalizeContrast::new(0.5).expect("an epsilon").then(standardize)
}

/// A trainer whose checkpoints hold all that a checkpoint can hold: two epochs of two steps.
pub fn trainer(path: &Path) -> Trainer<Adam, SoftmaxCrossEntropy> {
    let trainer = Trainer::new().epochs(2).batch_size(2).optimizer(Adam::default()).threads(&Threads::one());
    let trainer = trainer.keep_best(true).average(0.9);
    trainer.checkpoint(Checkpoints::new(path).preprocessing(&pipeline()))
}

/// A model's file.
pub fn save_model(path: &Path) {
    Model::<Small>::new(1).save_with(&pipeline(), path).expect("a model's file");
}

/// A file in the folder for temporary ones, which had better be in memory (`TMPDIR=/dev/shm`).
pub struct File(PathBuf);

impl File {
    /// Writes bytes with the checksum that they should have, or else all that the target finds is that it is wrong.
    pub fn sealed(name: &str, bytes: &[u8]) -> Self {
        let path = std::env::temp_dir().join(format!("plywood-fuzz-{}-{name}.safetensors", std::process::id()));
        let mut bytes = bytes.to_vec();
        seal(&mut bytes);
        std::fs::write(&path, bytes).expect("a file");
        Self(path)
    }

    pub fn path(&self) -> &Path {
        &self.0
    }
}

/// Writes the checksum, if there is a place for it, over all bytes with zeros in that place.
fn seal(bytes: &mut [u8]) {
    const KEY: &[u8] = b"\"plywood.checksum\":\"";
    const DIGITS: usize = 8;

    let Some(at) = bytes.windows(KEY.len()).position(|window| window == KEY) else { return };
    let place = at + KEY.len();
    if bytes.len() < place + DIGITS {
        return;
    }
    bytes[place..][..DIGITS].fill(b'0');
    let checksum = format!("{:08x}", crc32fast::hash(bytes));
    bytes[place..][..DIGITS].copy_from_slice(checksum.as_bytes());
}
