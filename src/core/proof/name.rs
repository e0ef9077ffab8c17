//! Checks labels of layers whose neighbors have names that only the compiler knows.

use crate::core::message::Message;

/// Checks that the label of `layer` is not the name of the layer `neighbor`, which has no label.
///
/// The name consists of `name` and `number`. `other` is a label to use instead.
///
/// # Panics
/// Panics if it is.
#[track_caller]
pub const fn label(layer: &str, label: &str, neighbor: &str, name: &str, number: usize, other: &str) {
    let own = own_name(name, number);
    if same(own.as_str(), label) {
        let message = Message::new()
            .text(layer)
            .text(": its label `")
            .text(label)
            .text("` is the name of ")
            .text(neighbor)
            .text(", which has no label\nhelp: write `")
            .text(other)
            .text("`");
        panic!("{}", message.as_str());
    }
}

/// Returns the name of a layer without a label, as in [`Outline`](crate::Outline).
const fn own_name(name: &str, number: usize) -> Message {
    let bytes = name.as_bytes();
    let message = Message::new().text(name);
    let digit = !bytes.is_empty() && bytes[bytes.len() - 1].is_ascii_digit();
    let message = if digit { message.text("_") } else { message };
    message.number(number)
}

const fn same(a: &str, b: &str) -> bool {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    if a.len() != b.len() {
        return false;
    }
    let mut i = 0;
    while i < a.len() {
        if a[i] != b[i] {
            return false;
        }
        i += 1;
    }
    true
}

#[cfg(test)]
mod tests {
    use super::label;

    #[test]
    fn a_label_is_no_name_of_a_layer_beside_it() {
        for (written, name, number, refused) in [
            ("my_layer2", "my_layer", 2, true),
            ("my_layer2", "my_layer", 1, false),
            ("my_layer2", "my_layer2", 2, false),
            ("my_layer2_2", "my_layer2", 2, true),
            ("Net_2", "Net_", 2, true),
            ("12", "", 12, true),
            ("Net12", "Net1", 2, false),
            ("Net12", "Net", 12, true),
        ] {
            let found = std::panic::catch_unwind(|| label("", written, "", name, number, "")).is_err();
            assert_eq!(found, refused, "{written} beside {name} at {number}");
        }
    }
}
