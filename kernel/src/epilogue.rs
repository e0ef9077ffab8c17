//! Describes operations on numbers before they are written.

/// The operations that a kernel applies to each number of its output in the pass that computes it, instead of in a
/// separate pass.
#[derive(Debug, Clone, Copy)]
pub struct Epilogue<'a, T> {
    /// The numbers to add, laid out as the output; empty for none.
    pub addend: &'a [T],
    /// True to write `max(0, ·)` of the result. NaN stays NaN: it must not become a zero.
    pub rectify: bool,
}

impl<T> Epilogue<'_, T> {
    /// The epilogue that leaves the output unchanged.
    pub const NONE: Self = Self { addend: &[], rectify: false };

    /// Returns the epilogue for the output from number `first` on.
    #[must_use]
    pub fn after(self, first: usize) -> Self {
        let addend = if self.addend.is_empty() { &[] } else { &self.addend[first..] };
        Self { addend, ..self }
    }
}
