//! The ranges that settings may lie in, as they are once rounded to the numbers that are trained.

use crate::{Error, Result, Scalar};

/// A share of what was there: at least 0 and less than 1.
pub(super) fn below_one<T: Scalar>(name: &'static str, value: f64) -> Result<()> {
    if (T::ZERO..T::ONE).contains(&T::of(value)) {
        return Ok(());
    }
    Err(Error::argument(name, value, format!("at least 0 and, as {}, less than 1", T::NAME)))
}

/// Finite and above 0.
pub(super) fn positive<T: Scalar>(name: &'static str, value: f64) -> Result<()> {
    if T::of(value).is_finite() && T::of(value) > T::ZERO {
        return Ok(());
    }
    Err(Error::argument(name, format!("{value:?}"), format!("a finite {} above 0", T::NAME)))
}

/// Finite and at least 0.
pub(super) fn at_least_zero<T: Scalar>(name: &'static str, value: f64) -> Result<()> {
    if T::of(value).is_finite() && value >= 0.0 {
        return Ok(());
    }
    Err(Error::argument(name, format!("{value:?}"), format!("a finite {}, at least 0", T::NAME)))
}
