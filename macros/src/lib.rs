//! The `network!` macro of plywood.
