//! The bytes are an archive of arrays.

#![no_main]

use std::io::Cursor;

use libfuzzer_sys::fuzz_target;
use plywood::data::npy::Npz;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(mut archive) = Npz::read(Cursor::new(bytes)) {
        for name in archive.names() {
            let _ = archive.array(&name);
        }
    }
});
