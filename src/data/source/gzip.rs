//! Reads gzip files with several members and with padding after the last.
//!
//! RFC 1952 allows a file of several members, such as parallel compressors and concatenation produce. Tapes and object
//! stores pad files with zeros to whole blocks; gzip itself skips those, and so does this reader.

use std::fmt;
use std::io::{self, BufRead, ErrorKind, Read};

use flate2::bufread::GzDecoder;

use crate::data::source::ahead::Ahead;

/// The bytes that a member begins with: gzip's mark and its only compression method (RFC 1952, section 2.3.1).
const START: [u8; 3] = [0x1f, 0x8b, 8];
/// The length of the shortest header of a member.
const HEADER: usize = 10;

/// The content of all members, one after another.
pub(super) struct Members<R> {
    /// The decoder of the current member; `None` at the end, and after an error.
    decoder: Option<GzDecoder<Ahead<R>>>,
}

/// The error for bytes after the last member that are neither zeros nor another member.
#[derive(Debug)]
pub(super) struct Trailing(Vec<u8>);

impl fmt::Display for Trailing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the bytes")?;
        self.0.iter().try_for_each(|byte| write!(f, " {byte:02x}"))
    }
}

impl std::error::Error for Trailing {}

impl<R: Read> Members<R> {
    pub(super) fn new(bytes: Ahead<R>) -> Self {
        Self { decoder: Some(GzDecoder::new(bytes)) }
    }

    /// Finds the next member after one that has ended; returns `None` at the end.
    fn next(ended: GzDecoder<Ahead<R>>) -> io::Result<Option<GzDecoder<Ahead<R>>>> {
        let mut bytes = ended.into_inner();
        loop {
            let rest = bytes.fill_buf()?;
            let zeros = rest.iter().take_while(|&&byte| byte == 0).count();
            if rest.is_empty() {
                return Ok(None);
            }
            if zeros == 0 {
                break;
            }
            bytes.consume(zeros);
        }
        let start = bytes.peek(HEADER)?;
        if start.len() == HEADER && start.starts_with(&START) {
            return Ok(Some(GzDecoder::new(bytes)));
        }
        Err(io::Error::new(ErrorKind::InvalidData, Trailing(start.to_vec())))
    }
}

impl<R: Read> Read for Members<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if out.is_empty() {
            return Ok(0);
        }
        while let Some(mut decoder) = self.decoder.take() {
            match decoder.read(out) {
                Ok(0) => self.decoder = Self::next(decoder)?,
                Ok(read) => {
                    self.decoder = Some(decoder);
                    return Ok(read);
                }
                Err(error) if error.kind() == ErrorKind::Interrupted => self.decoder = Some(decoder),
                Err(error) => return Err(error),
            }
        }
        Ok(0)
    }
}
