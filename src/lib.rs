//! **A neural network is a type.** Declare it once: the compiler checks every shape and knows every size, and the network
//! becomes straight-line code that trains and infers on the CPU.
//!
//! ```
//! use plywood::data::digits;
//! use plywood::{Model, Trainer, evaluate, network};
//!
//! network! {
//!     /// Reads a digit: ten scores for an image of 28×28.
//!     pub Reader: Image<28, 28, 1> => Flat<10> {
//!         flatten,
//!         dense(64), relu,
//!         dense(10),
//!     }
//! }
//!
//! let (train, validation) = digits(1_200, 1).split(1_000)?;
//! let mut model = Model::<Reader>::new(1);
//! let history = Trainer::new().epochs(3).run(&mut model, &train).validate(&validation).fit()?;
//! println!("{history}");
//!
//! println!("{}", evaluate(&model, &digits(500, 2))?);
//! let scores: [f32; 10] = model.infer(&digits(1, 3).example(0));
//! # assert!(scores.iter().all(|score| score.is_finite()));
//! # Ok::<(), plywood::Error>(())
//! ```
//!
//! A network is a zero-sized type, a [`Model`] is one vector of numbers that the type interprets, and a [`Trainer`] changes
//! those numbers. The same seed gives the same bits on any number of threads.
//!
//! # I want to …
//!
//! | I want to … | look at |
//! |---|---|
//! | declare a network | [`network!`]: its grammar, its layers and their options |
//! | give or take several things | [`Shape`](Shape#the-order-of-a-batch), [`layers::Heads`], [`layers::Pairwise`], [`layers::Shared`] |
//! | use a well-known network | [`zoo`]: LeNet-5, residual networks of 20, 110 and 1,001 layers |
//! | see a network as a table, or its memory as a constant | [`summary()`], [`training_memory`], [`inference_memory`] |
//! | read a compiler message | [`reading_the_errors`] |
//! | load images, tables or IDX files | [`data`]: [`data::folder`], [`data::table`], [`data::idx`], [`data::cifar`], [`data::npy`] |
//! | predict numbers (regression) | [`data::table`], [`data::ScaledTargets`], [`Model::predict`] |
//! | train on data of my own | [`data::Examples`] for what is in memory, [`Dataset`] for anything else |
//! | keep training, validation and test data apart | [`data::Split`] |
//! | scale, standardize or whiten inputs | [`preprocess`] |
//! | augment images | [`augment`] |
//! | train | [`Trainer`] for the settings, [`train::Run`] for a run |
//! | choose a loss or an optimizer | [`loss`], [`optim`] |
//! | change the learning rate during a run | [`optim::Schedule`], [`train::Plateau`], [`Trainer::learning_rate_by`] |
//! | freeze a part of a network, or train it more slowly | [`Trainer::freeze`], [`Trainer::group`] |
//! | watch a run, or stop it early | [`train::Callback`], [`Trainer::early_stopping`], [`train::TensorBoard`] |
//! | say what decides which epoch is best | [`Trainer::monitor`], [`train::Run::metric`], [`eval::metrics`] |
//! | look at a report of how training went | [`report`] |
//! | resume after a kill | [`Trainer::checkpoint`] and [`train::Run::resume`] |
//! | stop by Ctrl-C and go on later | [`train::Interrupt`] |
//! | choose settings | [`train::search`], [`Trainer::find_learning_rate`] |
//! | evaluate | [`evaluate()`] and [`eval`]: accuracy with its interval, the confusion matrix, F1 |
//! | save and load a model | [`Model::save`] and [`Model::load`]; [`Model::write_to`] and [`Model::read_from`] |
//! | take a trained trunk and replace the head | [`transfer`]: [`Model::take_layers`], [`Model::load_layers`] |
//! | infer fast | [`Predictor`] for one example after another and for batches |
//! | choose a network when the program runs | [`Inference`], an object-safe trait |
//! | serve many callers | [`serve`]: requests are collected into batches |
//! | write a training loop of my own | [`Backprop`], [`optim`]: the example `gan` |
//! | see what a network looks at, or deceive it | [`Backprop::run_to_input`]: the example `saliency` |
//! | see what each layer gives | [`Model::inspect`] |
//! | detect things in larger pictures | [`detect`] |
//! | write a layer of my own | [`layer`], and [`check`] to check its gradient and its contract |
//! | test networks of my own | [`gradient_tests!`], [`check`] |
//! | write a loss or an optimizer of my own | [`Loss`], [`optim::Optimizer`] |
//!
//! Most of these pages have an example. Longer ones are programs in the folder `examples` of the repository: `digits`
//! shows the most, `custom_layer` a layer of one's own. Eight are tasks that end in a figure: `diabetes` and `housing`
//! (tables), `segment` (pixels), `scenes` (several labels, some rare), `two_heads`, `siamese` and `image_and_table` (several
//! inputs or outputs), and `transfer`.
//!
//! # Features
//!
//! | feature | default | adds |
//! |---|---|---|
//! | `checkpoint` | yes | saves and loads models and checkpoints, in the safetensors format |
//! | `gzip` | yes | reads files that are compressed with gzip |
//! | `interrupt` | yes | lets Ctrl-C end training after the step, with a checkpoint |
//! | `plot` | yes | draws loss and error curves as SVG |
//! | `progress` | yes | shows a progress bar while training |
//! | `report` | yes | reports how training went as a page of curves, pictures and findings; includes `plot` |
//! | `csv` | | reads tables: CSV files with a header line |
//! | `image` | | reads folders of images, PNG and JPEG, and draws boxes into pictures |
//! | `npz` | | reads npz files, archives of arrays |
//! | `proptest` | | draws models and batches for property tests with proptest |
//! | `tensorboard` | | writes event files for TensorBoard |
//!
//! # Targets
//!
//! The library needs `std` and Rust 1.95 or later. Kernels choose the best instruction set of the machine at run time, so
//! no compiler flag is needed.
//!
//! | target | kernels | tested |
//! |---|---|---|
//! | `x86_64` Linux | AVX-512, AVX2 with FMA, or plain loops | on hardware, and measured |
//! | `aarch64` Linux | NEON | in emulation; not measured |
//! | others with `std` | as above on these processors, otherwise plain loops | no |
//!
//! # Debug builds
//!
//! Cargo optimizes nothing in a debug build, and loops over numbers are tens of times slower then. Two lines in the
//! `Cargo.toml` of your program, or of its workspace, optimize all dependencies, and your own code remains quick to
//! compile and easy to debug:
//!
//! ```toml
//! [profile.dev.package."*"]
//! opt-level = 3
//! ```
//!
//! `[profile.dev.package.plywood-kernel]` does this for the kernels alone, where nearly all of the time goes. Generic
//! code is compiled in your crate, with its settings: the formula of an optimizer or an activation of your own stays
//! unoptimized in both cases. For training that takes more than a minute use `cargo run --release`.
//!
// Where a feature is off, links to its items lead elsewhere. The empty line above keeps them apart from the text.
#![cfg_attr(not(feature = "csv"), doc = "[`data::table`]: data")]
#![cfg_attr(not(feature = "image"), doc = "[`data::folder`]: data")]
#![cfg_attr(not(feature = "tensorboard"), doc = "[`train::TensorBoard`]: train")]
#![cfg_attr(not(feature = "report"), doc = "[`report`]: #features")]
#![cfg_attr(not(feature = "checkpoint"), doc = "[`Trainer::checkpoint`]: #features")]
#![cfg_attr(not(feature = "checkpoint"), doc = "[`train::Run::resume`]: #features")]
#![cfg_attr(not(feature = "checkpoint"), doc = "[`Model::save`]: #features")]
#![cfg_attr(not(feature = "checkpoint"), doc = "[`Model::load`]: #features")]
#![cfg_attr(not(feature = "checkpoint"), doc = "[`Model::load_layers`]: #features")]
#![cfg_attr(not(feature = "checkpoint"), doc = "[`Model::read_from`]: #features")]
#![cfg_attr(not(feature = "checkpoint"), doc = "[`Model::write_to`]: #features")]
#![cfg_attr(docsrs, feature(doc_cfg))]
#![forbid(unsafe_code)]

// Programs in the documentation of `network!` and in tests write paths from `::plywood`.
extern crate self as plywood;

/// The programs in the README are tested as those of the documentation are.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
mod readme {}

/// The programs in the page on choosing are tested too.
#[cfg(doctest)]
#[doc = include_str!("../docs/choosing.md")]
mod choosing {}

pub mod check;
mod core;
pub mod data;
pub mod detect;
mod error;
pub mod eval;
mod file;
pub mod functions;
pub mod layer;
pub mod layers;
pub mod loss;
mod model;
mod networks;
pub mod optim;
pub mod prelude;
mod random;
#[doc = include_str!("../docs/reading-the-errors.md")]
pub mod reading_the_errors {}
#[cfg(feature = "report")]
pub mod report;
pub mod serve;
#[doc = include_str!("../docs/series.md")]
pub mod series {}
mod setting;
mod spelling;
pub mod train;
pub mod transfer;
mod work_space;

#[doc(hidden)]
pub use core::proof;
pub use core::{
    Declared, Dims, Flat, Image, ImageShape, Initializer, Layer, Outline, PairShape, Part, Shape,
};
pub use data::Dataset;
pub use data::transform::{augment, preprocess};
pub use error::{Error, Result};
pub use eval::{evaluate, evaluate_on};
pub use loss::{Loss, SoftmaxCrossEntropy, softmax};
pub use model::{
    Backprop, Batch, ForwardPass, Handle, Inference, Model, Predictor, View, ViewMut, inference_memory,
    training_memory,
};
#[doc(hidden)]
pub use networks::expansion;
pub use networks::{Network, Summary, summary, zoo};
pub use plywood_kernel::numbers::Both;
#[doc(hidden)]
pub use plywood_kernel::numbers::Numbers;
pub use plywood_kernel::{Scalar, Threads};
#[doc(hidden)]
pub use plywood_macros::network as declare_networks;
pub use train::Trainer;
