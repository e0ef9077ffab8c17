//! Tests the library from outside, in one program, since each program is linked with everything.
//!
//! Beside it stand `allocation.rs`, which counts the allocations of its whole process, and `messages/`, which runs the
//! compiler.

// the examples that have tests each declare the module of the macro that prints
#![allow(clippy::duplicate_mod)]

mod backprop;
mod blocks;
mod data;
mod digits;
mod evaluate;
mod examples;
mod golden;
mod imports;
mod keywords;
mod losses;
mod network;
mod pair_networks;
mod pairs;
mod readme;
mod report;
mod run;
mod search;
mod series;
mod starting_values;
mod threads;
mod train;
mod trajectories;
mod transfer;
#[path = "ui/pass/words.rs"]
mod words;
mod zoo;

/// The one program under `ui/pass/` that has something to say when it runs.
#[test]
fn names_that_have_a_meaning_elsewhere() {
    words::main();
}
