//! The bytes are a file of images, and one of labels.

#![no_main]

use libfuzzer_sys::fuzz_target;
use plywood::Image;
use plywood::data::idx;

const LABELS: [u8; 10] = [0, 0, 8, 1, 0, 0, 0, 2, 1, 2];
const IMAGES: [u8; 18] = [0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 1, 7, 8];

fuzz_target!(|bytes: &[u8]| {
    let _ = idx::read::<Image<2, 3, 1>>(bytes, &LABELS[..]);
    let _ = idx::read::<Image<1, 1, 1>>(&IMAGES[..], bytes);
});
