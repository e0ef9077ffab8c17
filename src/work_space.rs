//! Lends memory for one example, kept by each thread.

use std::cell::RefCell;

use plywood_kernel::Scalar;

thread_local! {
    /// The memory that is not in use: one buffer for each level of nested calls that this thread has made.
    static SPARE: RefCell<Vec<Vec<u64>>> = const { RefCell::new(Vec::new()) };
}

/// Calls `work` with `len` numbers of any content; allocates nothing if the thread has done such work before.
pub(crate) fn with<T: Scalar, R>(len: usize, work: impl FnOnce(&mut [T]) -> R) -> R {
    if len == 0 {
        return work(&mut []);
    }
    // in the destructor of a thread-local value the buffers may already be gone
    let spare = SPARE.try_with(|spare| spare.borrow_mut().pop()).ok().flatten();
    let mut memory = spare.unwrap_or_default();
    let words = (len * size_of::<T>()).div_ceil(size_of::<u64>());
    if memory.len() < words {
        memory.resize(words, 0);
    }
    // words are aligned for either scalar type
    let result = work(&mut bytemuck::cast_slice_mut(&mut memory[..words])[..len]);
    let _ = SPARE.try_with(|spare| spare.borrow_mut().push(memory));
    result
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::sync::mpsc;
    use std::time::Duration;

    use plywood_kernel::threads::parallel::over_rows;

    use super::with;
    use plywood_kernel::Threads;

    #[test]
    fn a_thread_that_ends_may_compute_until_its_last_value_is_dropped() {
        /// A value that works when it is dropped, and reports that it has.
        struct Late(Threads, mpsc::Sender<()>);
        impl Drop for Late {
            fn drop(&mut self) {
                work(&self.0);
                let _ = self.1.send(());
            }
        }
        thread_local! {
            static LATE: RefCell<Option<Late>> = const { RefCell::new(None) };
        }
        /// Computes on the threads and in this thread's work space.
        fn work(threads: &Threads) {
            let mut x = vec![0_u8; 10];
            threads.run(|| over_rows(&mut x, 1, usize::MAX, &|_, piece| piece.fill(1)));
            over_rows(&mut x, 1, usize::MAX, &|_, piece| piece.iter_mut().for_each(|x| *x += 1));
            assert_eq!(x, [2; 10]);
            with(3, |numbers: &mut [f32]| numbers.fill(0.0));
        }

        for count in 1..=3 {
            let threads = Threads::new(count).expect("threads");
            let (dropped, drops) = mpsc::channel();
            let late = Late(threads.clone(), dropped);
            // created earlier, so dropped after everything that the thread's work keeps for itself
            let ending = move || {
                LATE.set(Some(late));
                work(&threads);
            };
            std::thread::spawn(ending).join().expect("a thread that ends");
            drops.recv_timeout(Duration::from_mins(5)).expect("work in a destructor");
        }
    }
}
