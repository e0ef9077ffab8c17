//! Reads the records of a CSV text, and the lines where they begin.

use std::borrow::Cow;

/// A reader that splits a text into records and cells (RFC 4180).
///
/// It accepts more than the standard: blanks around cells, also before quotes; lines that end in a carriage return or
/// in both signs; empty lines, which are skipped. It does not guess: quotes that do not close, and text after closing
/// quotes, are mistakes.
pub(super) struct Records<'a> {
    rest: &'a str,
    /// The line where `rest` begins, counted from 1.
    line: usize,
}

/// A mistake in a text, and its line.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Mistake {
    /// Quotes that open here are not closed.
    Unclosed { line: usize },
    /// Something follows closing quotes.
    AfterQuotes { line: usize, found: char },
    /// Memory does not suffice for more cells of a record than these.
    Memory { cells: usize },
}

impl<'a> Records<'a> {
    pub(super) const fn new(text: &'a str) -> Self {
        Self { rest: text, line: 1 }
    }

    /// Skips a line that is not a record.
    pub(super) fn skip_line(&mut self) {
        let end = self.rest.find(ends_line).unwrap_or(self.rest.len());
        self.rest = &self.rest[end..];
        self.end_line();
    }

    /// Reads the next record, and returns the line where it begins and its number of cells; returns `None` after the
    /// last. Only the first `most` of its cells are kept.
    pub(super) fn next(
        &mut self,
        cells: &mut Vec<Cow<'a, str>>,
        most: usize,
    ) -> Result<Option<(usize, usize)>, Mistake> {
        cells.clear();
        self.skip_blanks();
        while self.end_line() {
            self.skip_blanks();
        }
        // the mark of the end of a text on old systems
        if self.rest.is_empty() || self.rest == "\u{1a}" {
            return Ok(None);
        }
        let (line, mut count) = (self.line, 0);
        loop {
            let cell = self.cell()?;
            count += 1;
            if cells.len() < most {
                cells.try_reserve(1).map_err(|_| Mistake::Memory { cells: cells.len() })?;
                cells.push(cell);
            }
            match self.rest.strip_prefix(',') {
                Some(rest) => self.rest = rest,
                None => break,
            }
        }
        self.end_line();
        Ok(Some((line, count)))
    }

    /// Reads a cell, up to the comma or the end of the line after it.
    fn cell(&mut self) -> Result<Cow<'a, str>, Mistake> {
        self.skip_blanks();
        let Some(quoted) = self.rest.strip_prefix('"') else {
            let end = self.rest.find(|sign| sign == ',' || ends_line(sign)).unwrap_or(self.rest.len());
            let (cell, rest) = self.rest.split_at(end);
            self.rest = rest;
            return Ok(Cow::Borrowed(cell.trim()));
        };
        let opened = self.line;
        let (mut end, mut doubled) = (0, false);
        loop {
            let Some(at) = quoted[end..].find('"') else { return Err(Mistake::Unclosed { line: opened }) };
            end += at;
            if !quoted[end + 1..].starts_with('"') {
                break;
            }
            doubled = true;
            end += 2;
        }
        let cell = &quoted[..end];
        self.line += line_ends(cell.as_bytes());
        self.rest = &quoted[end + 1..];
        self.skip_blanks();
        match self.rest.chars().next() {
            Some(found) if found != ',' && !ends_line(found) => {
                Err(Mistake::AfterQuotes { line: self.line, found })
            }
            _ if doubled => Ok(Cow::Owned(cell.trim().replace("\"\"", "\""))),
            _ => Ok(Cow::Borrowed(cell.trim())),
        }
    }

    /// Skips blanks, but not the end of a line.
    fn skip_blanks(&mut self) {
        self.rest = self.rest.trim_start_matches(|sign: char| sign.is_whitespace() && !ends_line(sign));
    }

    /// Skips the end of a line, if there is one.
    fn end_line(&mut self) -> bool {
        let rest = self.rest.strip_prefix("\r\n").or_else(|| self.rest.strip_prefix(ends_line));
        let Some(rest) = rest else { return false };
        self.rest = rest;
        self.line += 1;
        true
    }
}

const fn ends_line(sign: char) -> bool {
    matches!(sign, '\r' | '\n')
}

/// Returns the number of line ends in a text.
pub(super) fn line_ends(text: &[u8]) -> usize {
    let next = text.iter().skip(1).map(Some).chain([None]);
    // a carriage return alone also ends a line
    let ends = text.iter().zip(next).filter(|&(&byte, next)| match byte {
        b'\n' => true,
        b'\r' => next != Some(&b'\n'),
        _ => false,
    });
    ends.count()
}
