//! Finds objects in pictures: slides a network that classifies windows over a larger image of any size.
//!
//! [`scan`] returns the scores of every window. Windows share work where the layers allow it: the first convolutions
//! (without padding), pools, batch norms and activations process the whole picture once, as a fully convolutional
//! network does (Sermanet et al. 2014, section 3.5). This ends at the first layer that needs a window by itself, as
//! `flatten` does, or that needs padding at the window's border. The scores are the same either way, to rounding.
//!
//! [`Scan::detections`] returns the windows that show an object, [`suppress`] keeps the best of those that overlap, and
//! [`Picture::outline`] draws them.
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
//! Trainer::new().epochs(2).run(&mut model, &data).validate(&data).fit()?;
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

mod crops;
mod picture;
mod scan;
mod slide;
mod suppress;

pub use crops::Crops;
pub use picture::Picture;
pub use scan::{Scan, scan};
pub use suppress::{Detection, suppress};
