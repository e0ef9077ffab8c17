//! What an inference computes in.

use plywood_kernel::Scalar;

/// The two work buffers of an inference: each layer reads one and writes the other, or works in place.
///
/// Whatever the depth of a network, evaluation needs two buffers of its largest activation, and a third while two
/// branches of it stand side by side.
#[derive(Debug)]
pub struct Workspace<'a, T> {
    /// What to read until a layer has written: the caller's input, or the content that a branch starts from.
    input: Option<&'a [T]>,
    /// Numbers in the current content.
    len: usize,
    front: &'a mut [T],
    back: &'a mut [T],
    scratch: &'a mut [T],
    /// Whether the buffers have changed places an odd number of times.
    swapped: bool,
}

impl<'a, T: Scalar> Workspace<'a, T> {
    /// Makes a workspace whose current content is `input`. `front` and `back` hold at least
    /// [`WIDTH`](crate::Declared::WIDTH) numbers for each example, `scratch` at least as many as
    /// [`INFER_SCRATCH`](crate::Declared::INFER_SCRATCH) says.
    pub fn new(input: &'a [T], front: &'a mut [T], back: &'a mut [T], scratch: &'a mut [T]) -> Self {
        Self { input: Some(input), len: input.len(), front, back, scratch, swapped: false }
    }

    /// Computes the next content from the current one: `compute(x, y, scratch)`, where `x` holds the current
    /// content and all `len` numbers of `y` are to be written.
    pub fn map(&mut self, len: usize, compute: impl FnOnce(&[T], &mut [T], &mut [T])) {
        let x = self.input.take().unwrap_or(self.front);
        compute(&x[..self.len], &mut self.back[..len], self.scratch);
        std::mem::swap(&mut self.front, &mut self.back);
        self.len = len;
        self.swapped = !self.swapped;
    }

    /// Changes the current content, of `len` numbers, where it lies.
    pub fn in_place(&mut self, len: usize, change: impl FnOnce(&mut [T])) {
        self.in_place_with(len, |content, _| change(content));
    }

    /// Changes the current content, of `len` numbers, where it lies: `change(y, scratch)`.
    pub(crate) fn in_place_with(&mut self, len: usize, change: impl FnOnce(&mut [T], &mut [T])) {
        if let Some(input) = self.input.take() {
            self.front[..len].copy_from_slice(&input[..len]);
        }
        change(&mut self.front[..len], self.scratch);
    }

    /// Runs `branch` on the current content, of `len` numbers, and then changes that content where it lies:
    /// `join(x, y)`, where `y` holds the `branch_len` numbers that the branch ended with.
    ///
    /// Takes `width` numbers of scratch, as many as the branch holds at its widest place; the rest is its scratch.
    pub fn branch(
        &mut self,
        len: usize,
        branch_len: usize,
        width: usize,
        branch: impl FnOnce(&mut Workspace<'_, T>),
        join: impl FnOnce(&mut [T], &[T]),
    ) {
        let in_spare = self.run_beside(true, [len, branch_len, width], branch);
        let y = if in_spare { &self.scratch[..branch_len] } else { &self.back[..branch_len] };
        if let Some(input) = self.input.take() {
            self.front[..len].copy_from_slice(&input[..len]);
        }
        join(&mut self.front[..len], y);
    }

    /// Runs `branch` on the current content, of `len` numbers, and then `rest(workspace, y)` on the same content, where
    /// `y` holds the `branch_len` numbers that the branch ended with.
    ///
    /// Takes `width` numbers of scratch, as many as the branch holds at its widest place; both then have the rest
    /// as their scratch.
    pub fn fork(
        &mut self,
        len: usize,
        branch_len: usize,
        width: usize,
        branch: impl FnOnce(&mut Workspace<'_, T>),
        rest: impl FnOnce(&mut Workspace<'_, T>, &[T]),
    ) {
        let in_spare = self.run_beside(false, [len, branch_len, width], branch);
        let (spare, scratch) = self.scratch.split_at_mut(width);
        if !in_spare {
            // the rest needs the back buffer
            spare[..branch_len].copy_from_slice(&self.back[..branch_len]);
        }
        let spare = &spare[..branch_len];
        let (front, back) = (&mut *self.front, &mut *self.back);
        let mut workspace = Workspace { input: self.input, len, front, back, scratch, swapped: false };
        rest(&mut workspace, spare);
        let (read, swapped) = (workspace.input.is_none(), workspace.swapped);
        self.len = workspace.len;
        if read {
            self.input = None;
        }
        if swapped {
            std::mem::swap(&mut self.front, &mut self.back);
            self.swapped = !self.swapped;
        }
    }

    /// Runs `branch(workspace, x)` on the current content `x`, of `len` numbers, which its last layer adds to its own output;
    /// these `len` numbers become the current content.
    ///
    /// Takes `width` numbers of scratch, as [`branch`](Self::branch) does.
    pub fn branch_adding(
        &mut self,
        len: usize,
        width: usize,
        branch: impl FnOnce(&mut Workspace<'_, T>, &[T]),
    ) {
        let (spare, scratch) = self.scratch.split_at_mut(width);
        let x = &self.input.unwrap_or(self.front)[..len];
        // a branch of two layers, as most are, ends in the back buffer
        let mut workspace = Workspace::new(x, self.back, spare, scratch);
        branch(&mut workspace, x);
        debug_assert!(
            workspace.input.is_none() && workspace.len == len,
            "a branch that adds has given its output"
        );
        let in_spare = workspace.swapped;
        self.input = None;
        if in_spare {
            self.front[..len].copy_from_slice(&self.scratch[..len]);
        } else {
            std::mem::swap(&mut self.front, &mut self.back);
            self.swapped = !self.swapped;
        }
        self.len = len;
    }

    /// Runs a branch in the back buffer and the first `width` numbers of scratch; whether it ended in the latter, as it does
    /// after an even number of layers that do not work in place, or after an odd one.
    fn run_beside(
        &mut self,
        even: bool,
        [len, branch_len, width]: [usize; 3],
        branch: impl FnOnce(&mut Workspace<'_, T>),
    ) -> bool {
        let (spare, scratch) = self.scratch.split_at_mut(width);
        let x = &self.input.unwrap_or(self.front)[..len];
        let (front, back) = if even { (spare, &mut *self.back) } else { (&mut *self.back, spare) };
        let mut workspace = Workspace::new(x, front, back, scratch);
        branch(&mut workspace);
        // a branch that does nothing leaves its content where it was
        workspace.in_place(branch_len, |_| {});
        workspace.swapped != even
    }

    /// The current content, of `len` numbers.
    #[must_use]
    pub fn content(&self, len: usize) -> &[T] {
        &self.input.unwrap_or(self.front)[..len]
    }
}
