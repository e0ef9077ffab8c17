//! Serves one model to many callers: requests are collected into batches, inferred at once, and answered one by one.
//!
//! A [`Batcher`] has a bounded queue and threads that compute. Any thread or asynchronous task hands it one example, and
//! gets an [`Answer`] that can be [waited for](Answer::wait) or awaited, with any executor.
//!
//! ```
//! use std::thread;
//!
//! use plywood::serve::{Batcher, Settings};
//! use plywood::{Model, Predictor, network};
//!
//! network! { Net: Flat<4> => Flat<2> { dense(16), relu, dense(2) } }
//!
//! let mut predictor = Predictor::shared(Model::<Net>::new(1));
//! let batcher = Batcher::start(&predictor, Settings::default())?;
//! let expected = predictor.infer(&[0.0, 1.0, 2.0, 3.0]);
//! thread::scope(|scope| {
//!     for _ in 0..8 {
//!         scope.spawn(|| {
//!             let answer = batcher.predict(&[0.0, 1.0, 2.0, 3.0]).expect("an answer");
//!             assert_eq!(answer, expected);
//!         });
//!     }
//! });
//! let error = batcher.predict(&[0.0]).unwrap_err();
//! assert_eq!(error.to_string(), "x: found 1 numbers, expected 4, one example of shape 4");
//! # Ok::<(), plywood::Error>(())
//! ```
//!
//! # Latency and throughput
//!
//! A batch costs less than its examples one by one: weights are read once for all of them. With the default
//! [`delay`](Settings::delay) of zero, a worker takes at once what is waiting. A lone request waits for nobody, and under
//! load the next batch gathers while the last one is computed, so that batches grow with the load by themselves. A delay
//! makes larger batches of a thin stream of requests, and every request of a batch that does not fill up pays for it in
//! full. It is worth trying only for a network whose batches are much cheaper, and where throughput counts for more.
//!
//! A larger [`batch`](Settings::batch) raises throughput until examples cost no less in a larger one, and the last request
//! of a batch waits for all of it. [`workers`](Settings::workers) compute batches side by side. A handover from thread to
//! thread costs some microseconds: for a network that computes an example in less, call a clone of a
//! [`Predictor`](crate::Predictor) on each thread instead.
//!
//! The bits of an answer do not depend on the batch that it was computed in.
//!
//! # What can go wrong
//!
//! | what happens | the caller gets |
//! |---|---|
//! | an example has the wrong length | [`Error::Argument`], at once |
//! | the queue is full | [`Error::Unavailable`] from [`submit`](Batcher::submit); [`predict`](Batcher::predict) waits for room |
//! | the batcher is [closed](Batcher::close) | [`Error::Unavailable`]; requests that were accepted before are answered |
//! | a batch fails or panics, in an [`Inference`] of your own | each request is tried alone, and gets its own answer or error |
//! | the caller drops its [`Answer`] | nothing: a request that nobody waits for is not computed |
//!
//! [`Error::Argument`]: crate::Error::Argument
//! [`Error::Unavailable`]: crate::Error::Unavailable
//! [`Inference`]: crate::Inference

mod answer;
mod batcher;

pub use answer::Answer;
pub use batcher::{Batcher, Settings};

#[cfg(test)]
mod tests;
