//! Tests the macro as a whole.

mod direction;
mod editor;
mod hygiene;
mod mutation;
mod rows;
