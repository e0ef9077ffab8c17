// the programs of the page load from bytes
#![cfg_attr(feature = "checkpoint", doc = include_str!("../docs/transfer.md"))]
#![cfg_attr(not(feature = "checkpoint"), doc = "Takes a trained trunk, and replaces the head.")]

pub use crate::model::transfer::{Mismatched, Selection, Taken, TakenTensor};
