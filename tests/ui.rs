//! One file for each mistake, and the message that it gets.

/// `cargo check` is to report it, so no case is built.
#[test]
fn mistakes() {
    trybuild::TestCases::new().compile_fail("tests/ui/*.rs");
}

#[test]
fn networks() {
    trybuild::TestCases::new().pass("tests/ui/pass/*.rs");
}
