//! Tests that the README shows the real messages.

#[test]
fn the_compiler_error_is_the_real_one() {
    let snapshot = include_str!("ui/dense_on_image.stderr");
    assert!(include_str!("../README.md").contains(snapshot), "README.md should show\n{snapshot}");
}
