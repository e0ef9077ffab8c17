//! The bytes are a model's file, with the preprocessing that belongs to it.

#![no_main]

#[path = "../files.rs"]
mod files;

use files::{File, Pipeline, Small};
use libfuzzer_sys::fuzz_target;
use plywood::preprocess::Keep;
use plywood::{Layer, Model};

/// All numbers, as bits: some may be NaN.
fn bits(model: &Model<Small>, pipeline: &Pipeline) -> (Vec<u32>, Vec<u64>) {
    let vectors = pipeline.to_vectors();
    (
        model.params().iter().chain(model.buffers()).map(|x| x.to_bits()).collect(),
        vectors.iter().flat_map(|(_, numbers)| numbers).map(|x| x.to_bits()).collect(),
    )
}

fuzz_target!(|bytes: &[u8]| {
    let file = File::sealed("model", bytes);
    if let Ok((model, pipeline)) = Model::<Small>::load_with::<Pipeline>(file.path()) {
        assert_eq!((model.params().len(), model.buffers().len()), (Small::PARAMS, Small::BUFFERS));
        let path = file.path().with_extension("again.safetensors");
        model.save_with(&pipeline, &path).expect("what was read can be written");
        let again = Model::<Small>::load_with::<Pipeline>(&path).expect("what was written can be read");
        assert_eq!(bits(&again.0, &again.1), bits(&model, &pipeline));
    }
});
