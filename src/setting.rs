//! Checks that settings lie in their ranges once they are rounded to the type of the trained numbers, and names the
//! types that have settings.

use crate::error::{Error, Result};
use plywood_kernel::Scalar;

/// Checks a fraction: at least 0, and less than 1 once it is rounded.
pub(crate) fn below_one<T: Scalar>(name: &'static str, value: f64) -> Result<()> {
    if value >= 0.0 && T::of(value) < T::ONE {
        return Ok(());
    }
    Err(Error::argument(name, value, format!("at least 0 and, as {}, less than 1", T::NAME)))
}

/// Checks a number that must be above 0 and below 1 once it is rounded.
pub(crate) fn within_unit<T: Scalar>(name: &'static str, value: f64) -> Result<()> {
    if T::of(value) > T::ZERO && T::of(value) < T::ONE {
        return Ok(());
    }
    Err(Error::argument(name, format!("{value:?}"), format!("a number above 0 and, as {}, below 1", T::NAME)))
}

/// Checks a number that must be finite and above 0 once it is rounded.
pub(crate) fn positive<T: Scalar>(name: &'static str, value: f64) -> Result<()> {
    if T::of(value).is_finite() && T::of(value) > T::ZERO {
        return Ok(());
    }
    Err(Error::argument(name, format!("{value:?}"), format!("a finite {} above 0", T::NAME)))
}

/// Checks a number that must be at least 0, and finite once it is rounded.
pub(crate) fn at_least_zero<T: Scalar>(name: &'static str, value: f64) -> Result<()> {
    if T::of(value).is_finite() && value >= 0.0 {
        return Ok(());
    }
    Err(Error::argument(name, format!("{value:?}"), format!("a finite {}, at least 0", T::NAME)))
}

/// Returns the name of a type without its path and its parameters.
pub(crate) fn type_name<V: ?Sized>() -> &'static str {
    let path = std::any::type_name::<V>();
    let path = path.split_once('<').map_or(path, |(path, _)| path);
    path.rsplit_once("::").map_or(path, |(_, name)| name)
}
