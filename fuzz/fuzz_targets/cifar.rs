//! The bytes are records of either set.

#![no_main]

use libfuzzer_sys::fuzz_target;
use plywood::data::cifar::{self, Labels};

fuzz_target!(|bytes: &[u8]| {
    if let Ok(examples) = cifar::read10(bytes) {
        assert!(examples.check_classes(10).is_ok());
    }
    if let Ok(examples) = cifar::read100(bytes, Labels::Fine) {
        assert!(examples.check_classes(100).is_ok());
    }
});
