//! Reads the blocks of a scan.

use crate::data::folder::jpeg::bits::{Bits, Huffman};
use crate::data::folder::jpeg::{Component, Frame, Missing, Tables};

/// The content of a scan's header.
pub(super) struct Scan {
    /// The components of the frame, each with its tables for the first coefficient and for the others.
    components: Vec<(usize, usize, usize)>,
    /// The first and the last coefficient.
    first: usize,
    last: usize,
    /// True if an earlier scan gave the bits above.
    refines: bool,
    /// The lowest bit that the scan gives.
    lowest: u8,
}

/// The state that one block passes to the next.
#[derive(Default)]
struct Run {
    /// The number of following blocks without any coefficients.
    empty: u64,
}

impl Scan {
    /// Reads a scan's header; returns `None` for one that this module does not understand.
    pub(super) fn read(segment: &[u8], frame: &Frame) -> Option<Self> {
        let (&count, rest) = segment.split_first()?;
        let (chosen, rest) = rest.split_at_checked(2 * usize::from(count))?;
        let &[first, last, bits] = rest.first_chunk()?;
        let mut components = Vec::new();
        for &[id, tables] in chosen.as_chunks().0 {
            let place = frame.components.iter().position(|component| component.id == id)?;
            components.push((place, usize::from(tables >> 4), usize::from(tables & 15)));
        }
        let (first, last) = if frame.is_progressive { (first, last) } else { (0, 63) };
        let (refines, lowest) = if frame.is_progressive { (bits >> 4 != 0, bits & 15) } else { (false, 0) };
        let sound = !components.is_empty()
            && last < 64
            && first <= last
            && (!frame.is_progressive || (first == 0) == (last == 0))
            && (first == 0 || components.len() == 1);
        let (first, last) = (usize::from(first), usize::from(last));
        sound.then_some(Self { components, first, last, refines, lowest })
    }

    /// Reads all blocks; returns false when there are no tables to decode them with.
    pub(super) fn walk(
        &self,
        frame: &mut Frame,
        tables: &Tables,
        bits: &mut Bits<'_>,
    ) -> Result<bool, Missing> {
        let (columns, rows) = match self.components[..] {
            [(only, ..)] => (frame.components[only].columns, frame.components[only].rows),
            _ => (frame.columns, frame.rows),
        };
        let found = |&(_, dc, ac): &(usize, usize, usize)| [table(&tables.dc, dc), table(&tables.ac, ac)];
        let codes: Vec<_> = self.components.iter().map(found).collect();
        let mut run = Run::default();
        for unit in 0..columns * rows {
            if tables.interval != 0 && unit != 0 && unit % tables.interval == 0 {
                bits.restart()?;
                run = Run::default();
            }
            let (row, column) = (unit / columns, unit % columns);
            for (&(place, ..), &codes) in self.components.iter().zip(&codes) {
                let component = &mut frame.components[place];
                let (across, down) =
                    if self.components.len() == 1 { (1, 1) } else { (component.across, component.down) };
                for block in 0..across * down {
                    let (y, x) = (row * down + block / across, column * across + block % across);
                    let place = y * component.stride + x;
                    let read = if frame.is_progressive {
                        let Some(nonzero) = component.nonzero.get_mut(place) else { return Ok(false) };
                        self.progressive(nonzero, codes, bits, &mut run)?
                    } else {
                        sequential(codes, bits)?
                    };
                    if !read {
                        return Ok(false);
                    }
                }
            }
        }
        for &(place, ..) in &self.components {
            let Component { precision, .. } = &mut frame.components[place];
            precision[self.first..=self.last].fill(self.lowest);
        }
        Ok(true)
    }

    /// Reads a block of a progressive file (section G.1.2).
    fn progressive(
        &self,
        nonzero: &mut u64,
        [dc, ac]: [Option<&Huffman>; 2],
        bits: &mut Bits<'_>,
        run: &mut Run,
    ) -> Result<bool, Missing> {
        if self.first == 0 {
            if self.refines {
                bits.take(1)?;
                return Ok(true);
            }
            let Some(dc) = dc else { return Ok(false) };
            let size = bits.symbol(dc)?;
            bits.take(size_of_number(size)?)?;
            return Ok(true);
        }
        let Some(ac) = ac else { return Ok(false) };
        if self.refines {
            self.refine(nonzero, ac, bits, run)?;
        } else {
            self.begin(nonzero, ac, bits, run)?;
        }
        Ok(true)
    }

    /// Reads the highest bits of the coefficients.
    fn begin(
        &self,
        nonzero: &mut u64,
        ac: &Huffman,
        bits: &mut Bits<'_>,
        run: &mut Run,
    ) -> Result<(), Missing> {
        if run.empty > 0 {
            run.empty -= 1;
            return Ok(());
        }
        let mut at = self.first;
        while at <= self.last {
            let symbol = bits.symbol_and_number(ac)?;
            let (zeros, size) = (symbol >> 4, symbol & 15);
            if size == 0 && zeros < 15 {
                run.empty = (1 << zeros) - 1 + bits.take(zeros.into())?;
                return Ok(());
            }
            at += usize::from(zeros);
            if size != 0 && at <= self.last {
                *nonzero |= 1 << at;
            }
            at += 1;
        }
        Ok(())
    }

    /// Reads one more bit of the coefficients: of those that are nonzero, and of those that become nonzero.
    fn refine(
        &self,
        nonzero: &mut u64,
        ac: &Huffman,
        bits: &mut Bits<'_>,
        run: &mut Run,
    ) -> Result<(), Missing> {
        let mut at = self.first;
        if run.empty == 0 {
            while at <= self.last {
                let symbol = bits.symbol(ac)?;
                let (mut zeros, size) = (symbol >> 4, symbol & 15);
                if size == 0 && zeros < 15 {
                    run.empty = (1 << zeros) + bits.take(zeros.into())?;
                    break;
                }
                if size != 0 {
                    // its sign
                    bits.take(1)?;
                }
                while at <= self.last {
                    if *nonzero >> at & 1 == 1 {
                        bits.take(1)?;
                    } else if zeros == 0 {
                        break;
                    } else {
                        zeros -= 1;
                    }
                    at += 1;
                }
                if size != 0 && at <= self.last {
                    *nonzero |= 1 << at;
                }
                at += 1;
            }
        }
        if run.empty > 0 {
            for at in at..=self.last {
                if *nonzero >> at & 1 == 1 {
                    bits.take(1)?;
                }
            }
            run.empty -= 1;
        }
        Ok(())
    }
}

/// Reads a block of a sequential file (section F.2.2).
fn sequential([dc, ac]: [Option<&Huffman>; 2], bits: &mut Bits<'_>) -> Result<bool, Missing> {
    let (Some(dc), Some(ac)) = (dc, ac) else { return Ok(false) };
    let size = bits.symbol(dc)?;
    bits.take(size_of_number(size)?)?;
    let mut at = 1;
    while at < 64 {
        let symbol = bits.symbol_and_number(ac)?;
        let (zeros, size) = (symbol >> 4, symbol & 15);
        if size == 0 && zeros != 15 {
            break;
        }
        at += usize::from(zeros) + 1;
    }
    Ok(true)
}

/// Returns the number of bits of a difference of first coefficients.
fn size_of_number(symbol: u8) -> Result<u32, Missing> {
    if symbol <= 16 { Ok(symbol.into()) } else { Err(Missing::Code) }
}

fn table(tables: &[Option<Huffman>; 4], place: usize) -> Option<&Huffman> {
    tables.get(place)?.as_ref()
}
