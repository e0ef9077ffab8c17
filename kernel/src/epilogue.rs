//! What is done to numbers before they are written.

/// Describes what a kernel does to each number of its output in the pass that computes it, instead of in a pass of its
/// own.
#[derive(Debug, Clone, Copy)]
pub struct Epilogue<'a, T> {
    /// Numbers to add, laid out as the output is; empty for none.
    pub addend: &'a [T],
    /// Whether to write `max(0, ·)` of that. NaN stays NaN: it must not hide behind a zero.
    pub rectify: bool,
}

impl<T> Epilogue<'_, T> {
    /// Leaves the output as it is.
    pub const NONE: Self = Self { addend: &[], rectify: false };

    /// Returns the epilogue of the output from number `first` on.
    #[must_use]
    pub fn after(self, first: usize) -> Self {
        let addend = if self.addend.is_empty() { &[] } else { &self.addend[first..] };
        Self { addend, ..self }
    }
}
