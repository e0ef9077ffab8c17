//! Reads the header of an npy file.

use crate::data::source::Source;
use crate::error::Result;

/// The type of the numbers, and their layout.
pub(super) struct Header {
    pub(super) number: Number,
    pub(super) fortran: bool,
    pub(super) shape: Vec<usize>,
}

/// The type of the numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Number {
    /// An unsigned byte.
    Byte,
    /// Another number of `size` bytes.
    Other { kind: Kind, size: usize, big_endian: bool },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Boolean,
    Unsigned,
    Signed,
    Float,
}

impl Number {
    /// Parses numpy's notation: byte order, kind and size, such as `<f4`.
    fn parse(text: &str) -> Option<Self> {
        let order = text.chars().next()?;
        let big_endian = match order {
            '<' | '|' => false,
            '>' => true,
            '=' => cfg!(target_endian = "big"),
            _ => return None,
        };
        Some(match (&text[1..], big_endian) {
            ("u1", _) => Self::Byte,
            ("b1", _) => Self::Other { kind: Kind::Boolean, size: 1, big_endian },
            ("i1", _) => Self::Other { kind: Kind::Signed, size: 1, big_endian },
            ("u2" | "u4" | "u8", _) => {
                Self::Other { kind: Kind::Unsigned, size: Self::digit(text)?, big_endian }
            }
            ("i2" | "i4" | "i8", _) => {
                Self::Other { kind: Kind::Signed, size: Self::digit(text)?, big_endian }
            }
            ("f4" | "f8", _) => Self::Other { kind: Kind::Float, size: Self::digit(text)?, big_endian },
            _ => return None,
        })
    }

    fn digit(text: &str) -> Option<usize> {
        text.chars().last()?.to_digit(10).map(|digit| digit as usize)
    }

    /// Returns the size in bytes.
    pub(super) const fn size(self) -> usize {
        match self {
            Self::Byte => 1,
            Self::Other { size, .. } => size,
        }
    }

    /// Converts the bytes of one number to `f64`.
    pub(super) fn of(self, bytes: &[u8]) -> f64 {
        let Self::Other { kind, big_endian, .. } = self else {
            return bytes.first().copied().map_or(0.0, f64::from);
        };
        // all bytes of the number, in the low bytes of one word
        let word = bytes.iter().enumerate().fold(0_u64, |word, (i, &byte)| {
            let place = if big_endian { bytes.len() - 1 - i } else { i };
            word | u64::from(byte) << (8 * place)
        });
        let unused = 64 - 8 * bytes.len() as u32;
        match kind {
            Kind::Boolean => f64::from(u8::from(word != 0)),
            Kind::Unsigned => word as f64,
            Kind::Signed => (word.wrapping_shl(unused).cast_signed() >> unused) as f64,
            Kind::Float if bytes.len() == 4 => f64::from(f32::from_bits(word as u32)),
            Kind::Float => f64::from_bits(word),
        }
    }
}

impl Header {
    pub(super) fn read(source: &mut Source<'_>) -> Result<Self> {
        /// The longest accepted header: longer than numpy writes for any array of numbers.
        const MOST: usize = 1 << 16;
        /// The largest number of sides: numpy's own limit.
        const MOST_SIDES: usize = 64;

        let start = source.read(8)?;
        let (magic, version) = start.split_at(start.len().min(6));
        if magic != b"\x93NUMPY" || version.len() < 2 {
            let found: Vec<String> = start.iter().map(|byte| format!("{byte:02x}")).collect();
            return Err(source.error(
                "first bytes of an npy file",
                found.join(" "),
                "93 4e 55 4d 50 59 and a version",
            ));
        }
        let size = match version[0] {
            1 => 2,
            2 | 3 => 4,
            other => return Err(source.error("version", other.to_string(), "1, 2 or 3")),
        };
        let len = source.read(size)?;
        if len.len() < size {
            return Err(source.error("length of the header", "the end of the file", format!("{size} bytes")));
        }
        let len = len.iter().rev().fold(0, |len, &byte| len << 8 | usize::from(byte));
        if len > MOST {
            return Err(source.error("length of the header", len.to_string(), format!("at most {MOST}")));
        }
        let bytes = source.read(len)?;
        if bytes.len() < len {
            return Err(source.error("header", format!("{} bytes", bytes.len()), format!("{len}")));
        }
        let text = String::from_utf8_lossy(&bytes);
        let expected = "{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), } or the like";
        let shown = || text.trim().chars().take(80).collect::<String>();
        let parsed = Parser { rest: text.trim() }.dictionary();
        let Some((descr, fortran, shape)) = parsed else {
            return Err(source.error("header", shown(), expected));
        };
        let Some(number) = Number::parse(&descr) else {
            let expected = "bytes, integers, floating-point numbers of 32 or 64 bits or booleans: |u1, <i8, <f4, |b1, ...";
            return Err(source.error("type of numbers", descr, expected));
        };
        if shape.len() > MOST_SIDES {
            return Err(source.error(
                "sides of the array",
                shape.len().to_string(),
                format!("at most {MOST_SIDES}"),
            ));
        }
        Ok(Self { number, fortran, shape })
    }
}

/// A parser of the rest of a header.
struct Parser<'a> {
    rest: &'a str,
}

impl<'a> Parser<'a> {
    /// Parses the whole dictionary: type, order and shape.
    fn dictionary(mut self) -> Option<(String, bool, Vec<usize>)> {
        let (mut descr, mut fortran, mut shape) = (None, None, None);
        self.sign('{')?;
        while self.sign('}').is_none() {
            let key = self.string()?;
            self.sign(':')?;
            match key {
                "descr" => descr = Some(self.string()?.to_owned()),
                "fortran_order" => fortran = Some(self.boolean()?),
                "shape" => shape = Some(self.tuple()?),
                _ => return None,
            }
            if self.sign(',').is_none() {
                self.sign('}')?;
                break;
            }
        }
        if self.rest.is_empty() { Some((descr?, fortran?, shape?)) } else { None }
    }

    /// Takes a sign and the blanks after it.
    fn sign(&mut self, sign: char) -> Option<()> {
        self.rest = self.rest.strip_prefix(sign)?.trim_start();
        Some(())
    }

    fn string(&mut self) -> Option<&'a str> {
        let quote = self.rest.chars().next().filter(|quote| matches!(quote, '\'' | '"'))?;
        let (string, rest) = self.rest[1..].split_once(quote)?;
        self.rest = rest.trim_start();
        string.is_ascii().then_some(string)
    }

    fn boolean(&mut self) -> Option<bool> {
        for (word, value) in [("True", true), ("False", false)] {
            if let Some(rest) = self.rest.strip_prefix(word) {
                self.rest = rest.trim_start();
                return Some(value);
            }
        }
        None
    }

    fn tuple(&mut self) -> Option<Vec<usize>> {
        let mut sides = Vec::new();
        self.sign('(')?;
        while self.sign(')').is_none() {
            let end = self.rest.find(|sign: char| !sign.is_ascii_digit())?;
            let (number, rest) = self.rest.split_at(end);
            sides.push(number.parse().ok()?);
            // Python 2 ends long numbers with an L
            self.rest = rest.strip_prefix('L').unwrap_or(rest).trim_start();
            if self.sign(',').is_none() {
                self.sign(')')?;
                break;
            }
        }
        Some(sides)
    }
}
