//! Data: formats, augmentation, preprocessing, windows.

pub(crate) mod attack;
mod augment;
mod detect;
mod folder;
mod folds;
mod formats;
mod moved_targets;
mod mutations;
mod pipeline;
mod preprocess;
mod sources;
mod table;
mod target_scale;
mod temporary;

use std::path::{Path, PathBuf};

/// A folder of the data that is not part of the project, if it is there.
fn shared(name: &str) -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data").join(name);
    if folder.is_dir() {
        return Some(folder);
    }
    println!("skipped: there is no {}", folder.display());
    None
}
