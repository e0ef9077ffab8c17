//! Prepares the text of a table, and says what is wrong with it.

use std::borrow::Cow;
use std::io::{self, ErrorKind};

use super::records::{Mistake, Records, line_ends};
use crate::data::source::{Source, io_error};
use crate::error::{Error, Result};

/// Returns the text of a table, without a byte-order mark.
pub(super) fn decoded<'a>(source: &Source<'_>, bytes: &'a [u8]) -> Result<&'a str> {
    let line = |at: usize| format!("line {}", line_ends(&bytes[..at]) + 1);
    if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
        return Err(source.error("encoding", "UTF-16", "UTF-8: save the table as that"));
    }
    if let Some(at) = bytes.iter().position(|&byte| byte == 0) {
        let found = "a byte of 0, as UTF-16 has between letters";
        return Err(source.error(&line(at), found, "text in UTF-8: save the table as that"));
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok(text.strip_prefix('\u{feff}').unwrap_or(text)),
        Err(error) => {
            let found = "bytes that are not UTF-8";
            Err(source.error(&line(error.valid_up_to()), found, "text in UTF-8: save the table as that"))
        }
    }
}

/// Skips a first line that only says that commas separate cells, `sep=,`, as spreadsheets write it.
pub(super) fn pass_over_separator(source: &Source<'_>, text: &str, records: &mut Records<'_>) -> Result<()> {
    let line = text.lines().next().unwrap_or_default().trim_end_matches(['\r', ' ']).trim_matches('"');
    let Some(separator) = line.strip_prefix("sep=").or_else(|| line.strip_prefix("SEP=")) else {
        return Ok(());
    };
    match separator {
        "," => records.skip_line(),
        // the name of a column
        other if other.chars().count() != 1 => {}
        other => return Err(other_delimiter(source, other)),
    }
    Ok(())
}

/// Checks whether a target column is missing because a sign other than a comma separates cells.
pub(super) fn check_delimiter(
    source: &Source<'_>,
    text: &str,
    names: &[Cow<'_, str>],
    target: &str,
) -> Result<()> {
    let header = text.trim_start().lines().next().unwrap_or_default();
    for delimiter in [";", "\t", "|", " "] {
        // names of several words are common
        let may_separate = delimiter != " " || names.len() == 1;
        let mut parts = header.split(delimiter).map(|name| name.trim().trim_matches('"').trim());
        if may_separate && parts.any(|name| name == target) {
            return Err(other_delimiter(source, delimiter));
        }
    }
    Ok(())
}

fn other_delimiter(source: &Source<'_>, delimiter: &str) -> Error {
    let found = match delimiter {
        "\t" => "a tab".to_owned(),
        " " => "a blank".to_owned(),
        sign => format!("`{sign}`"),
    };
    source.error("delimiter", found, "a comma between cells, and a point in numbers: save the table so")
}

/// Returns the error for a mistake in the text itself.
pub(super) fn wrong(source: &Source<'_>, mistake: &Mistake) -> Error {
    let (line, found, expected) = match mistake {
        Mistake::Unclosed { line } => {
            (line, "quotes that are not closed".to_owned(), "closing quotes before the end of the file")
        }
        Mistake::AfterQuotes { line, found } => (
            line,
            format!("`{found}` after closing quotes"),
            "a comma or the end of the line; quotes within quotes are doubled",
        ),
        Mistake::Memory { cells } => {
            let reason = format!("found no memory for a line of more than {cells} cells");
            return io_error(source.path(), "read")(io::Error::new(ErrorKind::OutOfMemory, reason));
        }
    };
    source.error(&format!("line {line}"), found, expected)
}
