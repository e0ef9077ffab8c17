//! Numbers to work in while an example is prepared, kept by each thread.

use std::cell::RefCell;

use crate::Scalar;

thread_local! {
    /// Memory that is not in use. There is as much of it as work was ever nested in work on this thread.
    static SPARE: RefCell<Vec<Vec<u64>>> = const { RefCell::new(Vec::new()) };
}

/// Calls `work` with `len` numbers of any content; allocates nothing once a thread has done such work before.
pub(crate) fn with<T: Scalar, R>(len: usize, work: impl FnOnce(&mut [T]) -> R) -> R {
    if len == 0 {
        return work(&mut []);
    }
    // in the destructor of a thread-local value there may be none any more
    let spare = SPARE.try_with(|spare| spare.borrow_mut().pop()).ok().flatten();
    let mut memory = spare.unwrap_or_default();
    let words = (len * size_of::<T>()).div_ceil(size_of::<u64>());
    if memory.len() < words {
        memory.resize(words, 0);
    }
    // words are aligned for either scalar
    let result = work(&mut bytemuck::cast_slice_mut(&mut memory[..words])[..len]);
    let _ = SPARE.try_with(|spare| spare.borrow_mut().push(memory));
    result
}
