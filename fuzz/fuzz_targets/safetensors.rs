//! The bytes are a model's file, with the preprocessing that belongs to it.

#![no_main]

#[path = "../files.rs"]
mod files;

use files::{File, Pipeline, Small};
use libfuzzer_sys::fuzz_target;
use plywood::{Layer, Model};

fuzz_target!(|bytes: &[u8]| {
    let file = File::sealed("model", bytes);
    if let Ok((model, pipeline)) = Model::<Small>::load_with::<Pipeline>(file.path()) {
        assert_eq!((model.params().len(), model.buffers().len()), (Small::PARAMS, Small::BUFFERS));
        let path = file.path().with_extension("again.safetensors");
        model.save_with(&pipeline, &path).expect("what was read can be written");
        // bytes, not numbers: some may be NaN
        let again = std::fs::read(&path).expect("a file");
        let (model, pipeline) = Model::<Small>::load_with::<Pipeline>(&path).expect("what was written can be read");
        model.save_with(&pipeline, &path).expect("what was read can be written");
        assert_eq!(std::fs::read(&path).expect("a file"), again);
    }
});
