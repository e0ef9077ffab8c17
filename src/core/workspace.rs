//! Provides the memory of an inference.

use std::ops::Range;

use plywood_kernel::Scalar;

/// The two work buffers of an inference: each layer reads one and writes the other, or works in place.
///
/// At any depth of the network, evaluation needs two buffers of the largest activation, and a third while two branches
/// stand side by side.
#[derive(Debug)]
pub struct Workspace<'a, T> {
    /// The content to read until a layer has written: the caller's input, or the content from which a branch starts.
    input: Option<&'a [T]>,
    /// The count of numbers in the current content.
    len: usize,
    /// The buffer that holds the current content, once a layer has written.
    front: &'a mut [T],
    /// The buffer that the next layer writes, unless it works in place.
    back: &'a mut [T],
    scratch: &'a mut [T],
    /// True if the buffers have been swapped an odd number of times.
    swapped: bool,
}

impl<'a, T: Scalar> Workspace<'a, T> {
    /// Creates a workspace whose current content is `input`.
    ///
    /// # Shapes
    /// `front` and `back` hold at least [`WIDTH`](crate::Declared::WIDTH) numbers for each example, and `scratch` at
    /// least as many as [`INFER_SCRATCH`](crate::Declared::INFER_SCRATCH) declares.
    pub fn new(input: &'a [T], front: &'a mut [T], back: &'a mut [T], scratch: &'a mut [T]) -> Self {
        Self { input: Some(input), len: input.len(), front, back, scratch, swapped: false }
    }

    /// Computes the next content from the current one by `compute(x, y, scratch)`.
    ///
    /// `x` holds the current content. `compute` writes all `len` numbers of `y`.
    pub fn map(&mut self, len: usize, compute: impl FnOnce(&[T], &mut [T], &mut [T])) {
        let x = self.input.take().unwrap_or(self.front);
        compute(&x[..self.len], &mut self.back[..len], self.scratch);
        std::mem::swap(&mut self.front, &mut self.back);
        self.len = len;
        self.swapped = !self.swapped;
    }

    /// Changes the current content, of `len` numbers, in place.
    pub fn in_place(&mut self, len: usize, change: impl FnOnce(&mut [T])) {
        self.in_place_with(len, |content, _| change(content));
    }

    /// Changes the current content, of `len` numbers, in place by `change(y, scratch)`.
    pub(crate) fn in_place_with(&mut self, len: usize, change: impl FnOnce(&mut [T], &mut [T])) {
        if let Some(input) = self.input.take() {
            self.front[..len].copy_from_slice(&input[..len]);
        }
        change(&mut self.front[..len], self.scratch);
    }

    /// Runs `branch` on the current content, of `len` numbers, and then changes that content in place by `join(x, y)`,
    /// where `y` holds the `branch_len` numbers of the branch's result.
    ///
    /// It takes `width` numbers of scratch, as many as the branch holds at its widest place. The branch uses the rest
    /// as scratch.
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
    /// `y` holds the `branch_len` numbers of the branch's result.
    ///
    /// It takes `width` numbers of scratch, as many as the branch holds at its widest place. Both then use the rest as
    /// scratch.
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

    /// Runs two branches on parts of the current content, and puts their results side by side.
    ///
    /// Each branch is given its part of the content, the range `inputs`, and `outputs` says how many numbers it results
    /// in. It takes `width` numbers of scratch, as many as a branch holds at its widest place, and as many as the first
    /// branch results in. The branches use the rest as scratch.
    pub fn side_by_side(
        &mut self,
        inputs: [Range<usize>; 2],
        outputs: [usize; 2],
        width: usize,
        first: impl FnOnce(&mut Workspace<'_, T>),
        second: impl FnOnce(&mut Workspace<'_, T>),
    ) {
        let (kept, scratch) = self.scratch.split_at_mut(outputs[0]);
        let (spare, scratch) = scratch.split_at_mut(width);
        let x = self.input.unwrap_or(self.front);
        let [first_input, second_input] = inputs;
        let mut workspace = Workspace::new(&x[first_input], self.back, spare, scratch);
        first(&mut workspace);
        kept.copy_from_slice(workspace.content(outputs[0]));
        let mut workspace = Workspace::new(&x[second_input], self.back, spare, scratch);
        second(&mut workspace);
        // a branch that does nothing leaves its content where it was
        workspace.in_place(outputs[1], |_| {});
        let result = if workspace.swapped { &*spare } else { &*self.back };
        self.input = None;
        self.front[..outputs[0]].copy_from_slice(kept);
        self.front[outputs[0]..][..outputs[1]].copy_from_slice(&result[..outputs[1]]);
        self.len = outputs[0] + outputs[1];
    }

    /// Runs `branch(workspace, x)` on the current content `x`, of `len` numbers.
    ///
    /// The last layer of the branch adds `x` to its own output, and these `len` numbers become the current content.
    ///
    /// It takes `width` numbers of scratch, as [`branch`](Self::branch) does.
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

    /// Runs a branch in the back buffer and the first `width` numbers of scratch, and returns true if the result is in
    /// scratch.
    ///
    /// If `even` is true, the result is in scratch after an even number of layers that do not work in place, and
    /// otherwise after an odd number.
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

    /// Returns the current content, of `len` numbers.
    #[must_use]
    pub fn content(&self, len: usize) -> &[T] {
        &self.input.unwrap_or(self.front)[..len]
    }
}
