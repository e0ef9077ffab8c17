//! Checks that a JPEG file holds all its pixels (ITU-T T.81).
//!
//! Decoders silently fill in missing pixels in gray. The end of a file does not tell whether it was cut off: some
//! writers leave out the end marker, and some programs append it to a broken transfer. So this module reads the codes
//! of all blocks, without computing a pixel. Data after the picture, such as a film, does not matter.

use std::fmt;

mod bits;
mod scan;

use bits::{Bits, Huffman};
use scan::Scan;

/// The reason why a file is incomplete.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Missing {
    /// The file ends, or a marker follows, before all blocks were read.
    Blocks,
    /// Some bits are not a code.
    Code,
    /// A color has no scan, or a file without an end marker lacks its last refinement.
    Scan,
    /// The file ends before the first scan, or within data that this module does not understand.
    End,
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Blocks => "the end of the data among the pixels",
            Self::Code => "damaged data among the pixels",
            Self::Scan => "the end of the data before that of all colors",
            Self::End => "the end of the file before that of the image",
        })
    }
}

/// The markers that this module distinguishes.
mod marker {
    pub(super) const BASELINE: u8 = 0xc0;
    pub(super) const EXTENDED: u8 = 0xc1;
    pub(super) const PROGRESSIVE: u8 = 0xc2;
    pub(super) const TABLES: u8 = 0xc4;
    pub(super) const JPG: u8 = 0xc8;
    pub(super) const ARITHMETIC: u8 = 0xcc;
    pub(super) const LAST_FRAME: u8 = 0xcf;
    pub(super) const RESTART: std::ops::RangeInclusive<u8> = 0xd0..=0xd7;
    pub(super) const START: u8 = 0xd8;
    pub(super) const END: u8 = 0xd9;
    pub(super) const SCAN: u8 = 0xda;
    pub(super) const INTERVAL: u8 = 0xdd;
}

/// A color, or brightness.
struct Component {
    id: u8,
    /// The number of blocks of a unit, across and down.
    across: usize,
    down: usize,
    /// The number of visible blocks, across and down: a scan of this component alone has no others.
    columns: usize,
    rows: usize,
    /// The number of blocks in a row of whole units.
    stride: usize,
    /// The nonzero coefficients of each block of a progressive file, one bit for each.
    nonzero: Vec<u64>,
    /// The lowest bit that a scan has given, for each coefficient.
    precision: [u8; 64],
}

/// The content of a frame's header.
struct Frame {
    is_progressive: bool,
    /// The number of units across and down.
    columns: usize,
    rows: usize,
    components: Vec<Component>,
}

/// The tables that scans are decoded with, and their restart interval.
#[derive(Default)]
struct Tables {
    dc: [Option<Huffman>; 4],
    ac: [Option<Huffman>; 4],
    /// The number of units between two restarts, or 0 for none.
    interval: usize,
}

/// The precision of a coefficient that no scan has given.
const NEVER: u8 = u8::MAX;

/// The largest number of components of a frame: those of CMYK.
const COMPONENTS: usize = 4;

/// Checks that a file that was decoded to the given number of pixels holds all of them.
pub(super) fn check(bytes: &[u8], pixels: usize) -> Result<(), Missing> {
    let (mut tables, mut frame) = (Tables::default(), None);
    let mut at = 0;
    loop {
        let Some(found) = next_marker(bytes, &mut at) else {
            let whole = frame.as_ref().is_some_and(|frame: &Frame| frame.is_refined());
            return if whole { Ok(()) } else { Err(Missing::End) };
        };
        if found == marker::END {
            return match &frame {
                Some(frame) if frame.is_complete() => Ok(()),
                Some(_) => Err(Missing::Scan),
                None => Err(Missing::End),
            };
        }
        if found == marker::START || found == 1 || marker::RESTART.contains(&found) {
            continue;
        }
        let segment = segment(bytes, &mut at).ok_or(Missing::End)?;
        let understood = match found {
            marker::TABLES => tables.define(segment),
            marker::INTERVAL => tables.set_interval(segment),
            // a file has one; a second is handled with the rest, below
            marker::BASELINE | marker::EXTENDED | marker::PROGRESSIVE if frame.is_none() => {
                frame = Frame::read(segment, found == marker::PROGRESSIVE, pixels);
                frame.is_some()
            }
            // lossless, hierarchical or arithmetic coding
            marker::JPG | marker::ARITHMETIC => true,
            marker::BASELINE..=marker::LAST_FRAME => false,
            marker::SCAN => match frame.as_mut().and_then(|frame| Scan::read(segment, frame)) {
                Some(scan) => {
                    let frame = frame.as_mut().ok_or(Missing::End)?;
                    let mut bits = Bits::new(bytes, at);
                    let read = scan.walk(frame, &tables, &mut bits)?;
                    at = bits.end();
                    if read && !frame.is_progressive && frame.is_complete() {
                        return Ok(());
                    }
                    read
                }
                None => false,
            },
            _ => true,
        };
        if !understood {
            return if has_end(bytes, at) { Ok(()) } else { Err(Missing::End) };
        }
    }
}

/// Finds the next marker, and moves past it.
fn next_marker(bytes: &[u8], at: &mut usize) -> Option<u8> {
    loop {
        *at += bytes.get(*at..)?.iter().position(|&byte| byte == 0xff)? + 1;
        match bytes.get(*at)? {
            // padding
            0xff => {}
            0 => *at += 1,
            &found => {
                *at += 1;
                return Some(found);
            }
        }
    }
}

/// Returns the content of a marker's segment, and moves past it.
fn segment<'a>(bytes: &'a [u8], at: &mut usize) -> Option<&'a [u8]> {
    let &length = bytes.get(*at..)?.first_chunk::<2>()?;
    let length = usize::from(u16::from_be_bytes(length));
    let content = bytes.get(*at..)?.get(2..length)?;
    *at += length;
    Some(content)
}

/// Searches for the end of an image of a kind that this module does not understand.
fn has_end(bytes: &[u8], mut at: usize) -> bool {
    loop {
        match next_marker(bytes, &mut at) {
            None => return false,
            Some(marker::END) => return true,
            Some(found) if found == marker::START || found == 1 || marker::RESTART.contains(&found) => {}
            Some(_) => {
                if segment(bytes, &mut at).is_none() {
                    return false;
                }
            }
        }
    }
}

impl Frame {
    /// Reads a frame's header. Returns `None` for a header that this module does not understand, or that is larger than
    /// the decoded image, which is within the decoder's limits.
    fn read(segment: &[u8], is_progressive: bool, pixels: usize) -> Option<Self> {
        let (&[_, high, low, wide, narrow, count], rest) = segment.split_first_chunk::<6>()?;
        let [height, width] = [[high, low], [wide, narrow]].map(|side| usize::from(u16::from_be_bytes(side)));
        let (described, []) = rest.as_chunks::<3>() else { return None };
        if height == 0 || width == 0 || width.checked_mul(height)? > pixels {
            return None;
        }
        if !(1..=COMPONENTS).contains(&described.len()) || described.len() != usize::from(count) {
            return None;
        }
        let factors = |sampling: u8| (usize::from(sampling >> 4), usize::from(sampling & 15));
        let most = described.iter().map(|&[_, sampling, _]| factors(sampling));
        let (across, down) = most.fold((0, 0), |most, found| (most.0.max(found.0), most.1.max(found.1)));
        let (columns, rows) = (width.div_ceil(8 * across.max(1)), height.div_ceil(8 * down.max(1)));
        let mut components = Vec::new();
        for &[id, sampling, _] in described {
            let (own_across, own_down) = factors(sampling);
            if !(1..=4).contains(&own_across) || !(1..=4).contains(&own_down) {
                return None;
            }
            let mut nonzero = Vec::new();
            if is_progressive {
                let blocks = columns * own_across * rows * own_down;
                nonzero.try_reserve(blocks).ok()?;
                nonzero.resize(blocks, 0);
            }
            components.push(Component {
                id,
                across: own_across,
                down: own_down,
                columns: (width * own_across).div_ceil(8 * across),
                rows: (height * own_down).div_ceil(8 * down),
                stride: columns * own_across,
                nonzero,
                precision: [NEVER; 64],
            });
        }
        Some(Self { is_progressive, columns, rows, components })
    }

    /// Returns true if each color has been given, if only roughly: a progressive file need not have every refinement.
    fn is_complete(&self) -> bool {
        self.components.iter().all(|component| component.precision[0] != NEVER)
    }

    /// Returns true if no further scan could refine the image.
    fn is_refined(&self) -> bool {
        self.components.iter().all(|component| component.precision.iter().all(|&lowest| lowest == 0))
    }
}

impl Tables {
    /// Reads Huffman tables.
    fn define(&mut self, mut segment: &[u8]) -> bool {
        while let Some((&[place], rest)) = segment.split_first_chunk::<1>() {
            let Some((counts, rest)) = rest.split_first_chunk::<16>() else { return false };
            let total = counts.iter().map(|&count| usize::from(count)).sum::<usize>();
            let tables = match place >> 4 {
                0 => &mut self.dc,
                1 => &mut self.ac,
                _ => return false,
            };
            let (Some(table), Some((symbols, rest))) =
                (tables.get_mut(usize::from(place & 15)), rest.split_at_checked(total))
            else {
                return false;
            };
            *table = Huffman::new(counts, symbols);
            segment = rest;
        }
        true
    }

    fn set_interval(&mut self, segment: &[u8]) -> bool {
        let Some(&interval) = segment.first_chunk::<2>() else { return false };
        self.interval = usize::from(u16::from_be_bytes(interval));
        true
    }
}

#[test]
fn a_frame_takes_no_more_memory_than_the_image_that_was_decoded() {
    let frame = |side: u16, count: u8| {
        let [high, low] = side.to_be_bytes();
        let components = (0..count).flat_map(|id| [id, 0x11, 0]);
        [8, high, low, high, low, count].into_iter().chain(components).collect::<Vec<u8>>()
    };
    let cases = [
        (frame(32, 3), true),
        (frame(32, 4), true),
        (frame(32, 5), false),
        (frame(32, 255), false),
        (frame(33, 3), false),
        (frame(u16::MAX, 1), false),
        (frame(u16::MAX, 255), false),
    ];
    for (segment, expected) in cases {
        let read = Frame::read(&segment, true, 32 * 32);
        assert_eq!(read.is_some(), expected, "{:x?}", &segment[..6]);
        assert!(read.is_none_or(|frame| frame.components.iter().all(|color| color.nonzero.len() == 16)));
    }
}
