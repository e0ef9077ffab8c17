//! The shortcut that a residual lacks.

use crate::shape::Shape;
use crate::size::Size;

/// The layers of a shortcut that changes the shape in this way, as they are written.
pub(crate) fn shortcut_between(input: &Shape, output: &Shape) -> Option<String> {
    match (input, output) {
        (Shape::Flat(_), Shape::Flat(n)) => Some(format!("dense({n})")),
        (Shape::Image(_), Shape::Flat(n)) => Some(format!("{}, dense({n})", input.to_vector())),
        (Shape::Image([h, w, _]), Shape::Image([rows, columns, channels])) => {
            let stride = match (stride(h, rows)?, stride(w, columns)?) {
                (1, 1) => String::new(),
                (down, right) if down == right => format!(", stride = {down}"),
                (down, right) => format!(", stride = ({down}, {right})"),
            };
            Some(format!("conv({channels}, kernel = 1{stride})"))
        }
        _ => None,
    }
}

/// The stride with which a window of 1 makes so few pixels of so many.
fn stride(from: &Size, to: &Size) -> Option<u64> {
    match (from, to) {
        (Size::Known(from), Size::Known(to)) => {
            let stride = from.div_ceil(*to);
            (from.div_ceil(stride) == *to).then_some(stride)
        }
        _ => from.same(to)?.then_some(1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn proposes_shortcuts() {
        let flat = |n| Shape::Flat(Size::Known(n));
        let image = |h, w, c| Shape::Image([h, w, c].map(Size::Known));
        for (input, output, layers) in [
            (flat(3), flat(4), Some("dense(4)")),
            (image(2, 2, 2), flat(4), Some("flatten, dense(4)")),
            (image(8, 8, 16), image(8, 8, 32), Some("conv(32, kernel = 1)")),
            (image(8, 8, 16), image(4, 4, 32), Some("conv(32, kernel = 1, stride = 2)")),
            (image(7, 8, 16), image(4, 8, 16), Some("conv(16, kernel = 1, stride = (2, 1))")),
            (image(8, 8, 1), image(6, 6, 1), None),
            (image(8, 8, 1), image(9, 9, 1), None),
            (flat(4), image(2, 2, 1), None),
        ] {
            assert_eq!(shortcut_between(&input, &output).as_deref(), layers, "{input} to {output}");
        }
    }
}
