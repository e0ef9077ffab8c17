//! The bytes are a checkpoint that a run goes on from.

#![no_main]

#[path = "../files.rs"]
mod files;

use files::{File, Small, data, trainer};
use libfuzzer_sys::fuzz_target;
use plywood::Model;

fuzz_target!(|bytes: &[u8]| {
    let file = File::sealed("run", bytes);
    let mut model = Model::<Small>::new(1);
    let _ = trainer(file.path()).run(&mut model, &data()).validate(&data()).resume();
    let _ = std::fs::remove_file(file.path().with_extension("previous.safetensors"));
});
