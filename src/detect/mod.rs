//! Finding things in pictures: a network that classifies windows, slid over a larger image of any size.
//!
//! [`scan`] gives the scores of every window. Work is shared where the layers allow it: the first convolutions (without
//! padding), pools, batch norms and activations work on the whole picture once, as a fully convolutional network does (Sermanet et
//! al. 2014, section 3.5), until a layer needs a window by itself, as `flatten` does, or the padding at its border. The
//! scores are the same either way, to rounding.
//!
//! [`Scan::detections`] are the windows that show something, [`suppress`] leaves the best of those that overlap, and
//! [`Picture::outline`] draws them.
//!
//! ```
//! use plywood::data::digits;
//! use plywood::detect::{Picture, scan, suppress};
//! use plywood::{Model, Threads, Trainer, network};
//!
//! network! {
//!     Reader: Image<28, 28, 1> => Flat<10> { conv(4, kernel = 5), relu, max_pool(4), flatten, dense(10) }
//! }
//!
//! let mut model = Model::<Reader>::new(1);
//! let data = digits(500, 1);
//! Trainer::new().epochs(2).fit(&mut model, &data, Some(&data))?;
//!
//! // two digits in a larger picture
//! let mut picture = Picture::<f32>::filled(40, 90, 1, 0.0);
//! picture.paste(&data.example(0), 4, 8)?;
//! picture.paste(&data.example(1), 8, 56)?;
//! let scan = scan(&model, &picture, 4, &Threads::one())?;
//! assert_eq!((scan.rows(), scan.columns()), (4, 16));
//!
//! let found = suppress(scan.detections(0.5, &[]), 0.3)?;
//! for detection in &found {
//!     picture.outline(detection, &[1.0])?;
//! }
//! # Ok::<(), plywood::Error>(())
//! ```

mod picture;
mod scan;
mod suppress;

pub use picture::Picture;
pub use scan::{Scan, scan};
pub use suppress::{Detection, suppress};
