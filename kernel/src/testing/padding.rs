//! Provides [`Source`](crate::conv::border::Source)s, which give the inputs that positions outside an image copy.

/// Makes positions outside zero.
pub(crate) fn zero(_: isize, _: usize) -> Option<usize> {
    None
}

/// Makes positions outside mirror the image, without repeating its edge: c b | a b c | b a.
#[expect(clippy::unnecessary_wraps, reason = "a `Source`")]
pub(crate) fn reflect(place: isize, len: usize) -> Option<usize> {
    let last = len.cast_signed() - 1;
    Some((last - (last - place.abs()).abs()).cast_unsigned())
}

/// Makes positions outside copy the edge: a a | a b c | c c.
#[expect(clippy::unnecessary_wraps, reason = "a `Source`")]
pub(crate) fn replicate(place: isize, len: usize) -> Option<usize> {
    Some(place.clamp(0, len.cast_signed() - 1).cast_unsigned())
}
