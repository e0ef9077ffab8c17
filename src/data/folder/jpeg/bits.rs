//! Reads the bits of a scan, and the codes in them.

use crate::data::folder::jpeg::{Missing, marker, next_marker};

/// A reader of bits, from the highest of each byte to the lowest, up to a marker or the end of the file.
pub(super) struct Bits<'a> {
    bytes: &'a [u8],
    /// The position of the next byte.
    at: usize,
    /// The bits that were taken from the bytes and not used yet, from the highest on; zeros follow them.
    held: u64,
    count: u32,
}

impl<'a> Bits<'a> {
    pub(super) const fn new(bytes: &'a [u8], at: usize) -> Self {
        Self { bytes, at, held: 0, count: 0 }
    }

    /// Fills the register to at least 57 bits, or fewer only before a marker or the end.
    fn fill(&mut self) {
        // eight bytes at once, if none of them can begin a marker
        if let Some(next) = self.bytes.get(self.at..).and_then(|bytes| bytes.first_chunk::<8>()) {
            let word = u64::from_be_bytes(*next);
            let has_marker = (!word).wrapping_sub(0x0101_0101_0101_0101) & word & 0x8080_8080_8080_8080 != 0;
            let whole = (64 - self.count) / 8;
            if !has_marker && whole > 0 {
                let unused = 64 - 8 * whole;
                self.held |= (word >> unused << unused) >> self.count;
                self.count += 8 * whole;
                self.at += whole as usize;
                return;
            }
        }
        while self.count <= 56 {
            let Some(&byte) = self.bytes.get(self.at) else { return };
            let mut next = self.at + 1;
            if byte == 0xff {
                // a zero marks 0xff as a byte of the data; a marker may follow several bytes of 0xff
                while self.bytes.get(next) == Some(&0xff) {
                    next += 1;
                }
                if self.bytes.get(next) != Some(&0) {
                    return;
                }
                next += 1;
            }
            self.held |= u64::from(byte) << (56 - self.count);
            self.count += 8;
            self.at = next;
        }
    }

    /// Takes a number of up to 16 bits.
    pub(super) fn take(&mut self, count: u32) -> Result<u64, Missing> {
        if self.count < count {
            self.fill();
            if self.count < count {
                return Err(Missing::Blocks);
            }
        }
        if count == 0 {
            return Ok(0);
        }
        let taken = self.held >> (64 - count);
        self.held <<= count;
        self.count -= count;
        Ok(taken)
    }

    /// Takes a code and returns its symbol.
    pub(super) fn symbol(&mut self, table: &Huffman) -> Result<u8, Missing> {
        let (length, symbol) = self.find(table)?;
        self.take(length.into())?;
        Ok(symbol)
    }

    /// Takes a code and the number after it, whose size is the lower half of the code's symbol.
    #[inline]
    pub(super) fn symbol_and_number(&mut self, table: &Huffman) -> Result<u8, Missing> {
        let (length, symbol) = self.find(table)?;
        let both = u32::from(length) + u32::from(symbol & 15);
        if self.count < both {
            return Err(Missing::Blocks);
        }
        self.held <<= both;
        self.count -= both;
        Ok(symbol)
    }

    /// Finds the next code and returns its length and its symbol. The register then holds all bits of the code and of
    /// the number after it, if the data has them.
    #[inline]
    fn find(&mut self, table: &Huffman) -> Result<(u8, u8), Missing> {
        if self.count < 2 * Huffman::LONGEST {
            self.fill();
        }
        match table.short[(self.held >> (64 - Huffman::SHORT)) as usize] {
            (0, _) => table.long(self.held >> (64 - Huffman::LONGEST)).ok_or({
                // the zeros after the last bit may not be a code
                if self.count < Huffman::LONGEST { Missing::Blocks } else { Missing::Code }
            }),
            found => Ok(found),
        }
    }

    /// Continues after a restart marker, which must be the next one in order.
    pub(super) fn restart(&mut self) -> Result<(), Missing> {
        (self.held, self.count) = (0, 0);
        match next_marker(self.bytes, &mut self.at) {
            Some(found) if marker::RESTART.contains(&found) => Ok(()),
            _ => Err(Missing::Blocks),
        }
    }

    /// Returns the position after the last byte that was looked at.
    pub(super) const fn end(&self) -> usize {
        self.at
    }
}

/// A table of Huffman codes (section C.2).
pub(super) struct Huffman {
    /// The length and the symbol of the code that each possible prefix begins with; length 0 if the code is longer.
    short: Box<[(u8, u8); 1 << Huffman::SHORT]>,
    /// For each length, the first 16-bit number that is neither a code of that length nor a shorter one, and the offset
    /// from a code to the position of its symbol.
    ends: [(u64, i64); 17],
    symbols: Vec<u8>,
}

impl Huffman {
    /// The number of bits of the codes that are looked up.
    const SHORT: u32 = 9;
    const LONGEST: u32 = 16;

    /// Makes a table from the number of codes of each length and their symbols; returns `None` when there are too many.
    pub(super) fn new(counts: &[u8; 16], symbols: &[u8]) -> Option<Self> {
        let mut short = Box::new([(0, 0); 1 << Self::SHORT]);
        let mut ends = [(0, 0); 17];
        let (mut code, mut place) = (0_u64, 0_usize);
        for (length, &count) in (1_u32..).zip(counts) {
            let spare = Self::LONGEST - length;
            ends[length as usize].1 = i64::try_from(place).ok()? - i64::try_from(code).ok()?;
            for _ in 0..count {
                if code >> length != 0 {
                    return None;
                }
                if let Some(free) = Self::SHORT.checked_sub(length) {
                    let first = (code << free) as usize;
                    short[first..first + (1 << free)].fill((length as u8, *symbols.get(place)?));
                }
                (code, place) = (code + 1, place + 1);
            }
            ends[length as usize].0 = code << spare;
            code <<= 1;
        }
        Some(Self { short, ends, symbols: symbols.to_vec() })
    }

    /// Finds the code that 16 bits begin with, and returns its length and its symbol.
    fn long(&self, bits: u64) -> Option<(u8, u8)> {
        let length = (1..=Self::LONGEST).find(|&length| bits < self.ends[length as usize].0)?;
        let code = (bits >> (Self::LONGEST - length)).cast_signed();
        let place = usize::try_from(code + self.ends[length as usize].1).ok()?;
        Some((length as u8, *self.symbols.get(place)?))
    }
}
