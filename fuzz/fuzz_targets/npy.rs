//! The bytes are an array.

#![no_main]

use libfuzzer_sys::fuzz_target;
use plywood::Flat;
use plywood::data::npy;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(array) = npy::read(bytes) {
        assert_eq!(array.numbers().len(), array.shape().iter().product::<usize>());
        let labels = array.clone();
        let _ = array.examples::<Flat<1>>(&labels);
    }
});
