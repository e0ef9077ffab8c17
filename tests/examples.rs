//! The examples that have tests of their own: compiled in here, they need no programs of their own to be tested in.

#![allow(dead_code)]

#[path = "../examples/digits.rs"]
mod digits;
#[path = "../examples/valley.rs"]
mod valley;
