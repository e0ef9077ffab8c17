//! Provides a reader that can look ahead.

use std::io::{BufRead, ErrorKind, Read, Result};

/// A buffered reader whose next bytes can be looked at before they are read.
pub(super) struct Ahead<R> {
    inner: R,
    buffer: Vec<u8>,
    /// The position in the buffer of the first byte that is not read yet.
    at: usize,
}

/// The number of bytes that are read at once.
const CAPACITY: usize = 1 << 14;

impl<R: Read> Ahead<R> {
    pub(super) const fn new(inner: R) -> Self {
        Self { inner, buffer: Vec::new(), at: 0 }
    }

    /// Returns the next `count` bytes, fewer only at the end, and leaves them to be read.
    pub(super) fn peek(&mut self, count: usize) -> Result<&[u8]> {
        self.buffer.drain(..self.at);
        self.at = 0;
        let missing = count.saturating_sub(self.buffer.len());
        self.inner.by_ref().take(missing as u64).read_to_end(&mut self.buffer)?;
        Ok(&self.buffer[..count.min(self.buffer.len())])
    }
}

impl<R: Read> Read for Ahead<R> {
    fn read(&mut self, out: &mut [u8]) -> Result<usize> {
        if self.at == self.buffer.len() && out.len() >= CAPACITY {
            return self.inner.read(out);
        }
        let read = self.fill_buf()?.read(out)?;
        self.consume(read);
        Ok(read)
    }
}

impl<R: Read> BufRead for Ahead<R> {
    fn fill_buf(&mut self) -> Result<&[u8]> {
        if self.at == self.buffer.len() {
            self.at = 0;
            self.buffer.resize(CAPACITY, 0);
            let read = loop {
                match self.inner.read(&mut self.buffer) {
                    Err(error) if error.kind() == ErrorKind::Interrupted => {}
                    read => break read,
                }
            };
            self.buffer.truncate(read.as_ref().copied().unwrap_or(0));
            read?;
        }
        Ok(&self.buffer[self.at..])
    }

    fn consume(&mut self, count: usize) {
        self.at = (self.at + count).min(self.buffer.len());
    }
}
