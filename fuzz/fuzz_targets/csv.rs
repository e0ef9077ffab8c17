//! The bytes are a table.

#![no_main]

use libfuzzer_sys::fuzz_target;
use plywood::data::table;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(table) = table::read::<2>(bytes, "kind") {
        assert!(table.examples.check_classes(table.classes.len()).is_ok());
    }
});
