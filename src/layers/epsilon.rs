//! Reads the ε of a normalization from the parameter of its type.

use crate::core::message::Message;

/// Returns ε, which a type holds as a number of trillionths.
///
/// # Panics
/// Panics, and so fails to compile in a constant, if ε is 0.
#[track_caller]
pub(super) const fn epsilon(layer: &str, trillionths: u64) -> f64 {
    if trillionths == 0 {
        let message = Message::new()
            .text(layer)
            .text(": ε is 0, so an input without variance, or of zeros, would be divided by 0");
        panic!("{}", message.as_str());
    }
    trillionths as f64 / 1e12
}
