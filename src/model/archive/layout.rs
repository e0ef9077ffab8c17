//! Knows the order in which programs keep a tensor's sides.

use std::fmt;

use crate::core::outline::{Outline, Tensor, sides};

/// The name of the note with which a file declares that its tensors are in this library's order, whoever wrote it.
pub(crate) const LAYOUT: &str = "layout";
/// The value of that note.
pub(crate) const INPUTS_FIRST: &str = "inputs first";

/// The order of the sides of a layer's tensor, here and in other programs.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Layout {
    /// The sides in this library's order.
    ours: &'static str,
    /// The sides in other programs' order, with the programs' names.
    theirs: &'static str,
    /// For each order of other programs, the indices of our sides that are their first, their second, ...
    orders: &'static [&'static [usize]],
}

const DENSE: Layout =
    Layout { ours: "inputs × outputs", theirs: "PyTorch's outputs × inputs", orders: &[&[1, 0]] };
const CONV: Layout = Layout {
    ours: "height × width × inputs × outputs",
    theirs: "PyTorch's outputs × inputs × height × width",
    // the second one is that of TensorFlow Lite and MLX
    orders: &[&[3, 2, 0, 1], &[3, 0, 1, 2]],
};
const CONV_TRANSPOSE: Layout = Layout {
    ours: "height × width × outputs × inputs",
    theirs: "PyTorch's inputs × outputs × height × width, Flax's height × width × inputs × outputs",
    // the last one is that of TensorFlow Lite and MLX
    orders: &[&[3, 2, 0, 1], &[0, 1, 3, 2], &[2, 0, 1, 3]],
};
const IMAGE: Layout = Layout {
    ours: "height × width × channels",
    theirs: "PyTorch's channels × height × width",
    orders: &[&[2, 0, 1]],
};
/// The layout for a user's own layer: any two sides may be exchanged.
const UNKNOWN: Layout = Layout {
    ours: "in the order of the layer's `outline`",
    theirs: "others' may be in another",
    orders: &[],
};

impl Layout {
    /// Returns the layout of a layer's tensor; `layer` is the layer's keyword.
    pub(crate) fn of(layer: &str, rank: usize) -> Self {
        match (layer, rank) {
            ("dense", 2) => DENSE,
            ("conv", 4) => CONV,
            ("conv_transpose", 4) => CONV_TRANSPOSE,
            ("layer_norm", 3) => IMAGE,
            _ => UNKNOWN,
        }
    }

    /// Returns the layout of a tensor of a network.
    pub(crate) fn of_tensor(outline: &Outline, tensor: &Tensor) -> Self {
        let path = tensor.name.rsplit_once('.').map_or("", |(path, _)| path);
        let layer = outline.entries.iter().find(|entry| entry.path == path);
        Self::of(layer.map_or("", |entry| entry.name), tensor.dims.len())
    }

    /// Returns true if numbers in another program's order have the same sides, so that a wrong order would go
    /// unnoticed.
    pub(crate) fn is_ambiguous(&self, dims: &[usize]) -> bool {
        if self.orders.is_empty() {
            let long = || dims.iter().filter(|&&side| side > 1);
            return long().enumerate().any(|(i, side)| long().skip(i + 1).any(|other| other == side));
        }
        self.orders.iter().any(|order| {
            let looks_alike = order.iter().map(|&side| dims[side]).eq(dims.iter().copied());
            // sides of length 1 can be anywhere
            looks_alike && !order.iter().filter(|&&side| dims[side] > 1).is_sorted()
        })
    }

    /// Returns true if `found` are the sides of a tensor in another program's order.
    pub(crate) fn is_turned(&self, found: &[usize], dims: &[usize]) -> bool {
        let turned = |order: &&&[usize]| order.iter().map(|&side| dims[side]).eq(found.iter().copied());
        found != dims && self.orders.iter().any(|order| turned(&order))
    }

    /// Describes a tensor whose order cannot be determined.
    pub(crate) fn unknown(dims: &[usize]) -> String {
        format!("{}, which can lie either way, in a file that does not say how its tensors lie", sides(dims))
    }
}

impl fmt::Display for Layout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "plywood's are {}, {}", self.ours, self.theirs)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sides_that_look_the_same_in_another_order_are_ambiguous() {
        let cases: [(&str, &[usize], bool); 20] = [
            ("dense", &[16, 16], true),
            ("dense", &[8, 16], false),
            ("dense", &[1, 1], false),
            ("dense", &[16], false),
            ("conv", &[3, 3, 3, 3], true),
            ("conv", &[3, 3, 16, 16], false),
            ("conv", &[3, 3, 3, 16], false),
            ("conv", &[1, 1, 8, 8], false),
            ("conv", &[1, 1, 1, 1], false),
            ("conv_transpose", &[2, 2, 8, 8], true),
            ("conv_transpose", &[2, 2, 8, 4], false),
            ("conv_transpose", &[2, 2, 2, 4], true),
            ("conv_transpose", &[2, 2, 4, 2], false),
            ("conv_transpose", &[2, 2, 1, 1], false),
            ("layer_norm", &[4, 4, 4], true),
            ("layer_norm", &[4, 4, 3], false),
            ("batch_norm", &[8], false),
            ("mine", &[2, 5, 2], true),
            ("mine", &[2, 5, 3], false),
            ("mine", &[1, 5, 1], false),
        ];
        for (layer, dims, expected) in cases {
            assert_eq!(Layout::of(layer, dims.len()).is_ambiguous(dims), expected, "{layer} {dims:?}");
        }
    }
}
