//! Builds messages at compile time.
//!
//! The macro cannot know the value of a constant from its name, or the shapes of a user's own layer. Constants check
//! these. A constant that fails panics with a message, and this module puts the sizes into the message, because
//! `format!` does not work there.

use crate::core::Dims;

/// A message under construction.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Message {
    bytes: [u8; Self::ROOM],
    len: usize,
}

impl Message {
    /// The number of bytes of the longest message.
    const ROOM: usize = 1024;

    /// Creates an empty message.
    pub(crate) const fn new() -> Self {
        Self { bytes: [0; Self::ROOM], len: 0 }
    }

    /// Adds a text, or leaves it out if it does not fit.
    pub(crate) const fn text(mut self, text: &str) -> Self {
        let text = text.as_bytes();
        if text.len() <= Self::ROOM - self.len {
            let mut i = 0;
            while i < text.len() {
                self.bytes[self.len + i] = text[i];
                i += 1;
            }
            self.len += text.len();
        }
        self
    }

    /// Adds a number, in decimal.
    pub(crate) const fn number(self, number: usize) -> Self {
        let rest = if number >= 10 { self.number(number / 10) } else { self };
        let digit = [b'0' + (number % 10) as u8];
        match str::from_utf8(&digit) {
            Ok(digit) => rest.text(digit),
            Err(_) => rest,
        }
    }

    /// Adds a number, in decimal, with commas between thousands.
    pub(crate) const fn grouped(self, number: usize) -> Self {
        if number < 1000 {
            return self.number(number);
        }
        let rest = number % 1000;
        let zeros = match rest {
            0..10 => ",00",
            10..100 => ",0",
            _ => ",",
        };
        self.grouped(number / 1000).text(zeros).number(rest)
    }

    /// Adds an amount in a unit of the given size, rounded up to a tenth of the unit: `1,234 parameters`, `512.1 KiB`.
    pub(crate) const fn amount(self, amount: usize, unit: (&str, usize)) -> Self {
        let (name, one) = unit;
        let (mut whole, mut tenths) = (amount / one, (amount % one * 10).div_ceil(one));
        if tenths == 10 {
            (whole, tenths) = (whole + 1, 0);
        }
        let message = self.grouped(whole);
        let message = if tenths == 0 { message } else { message.text(".").number(tenths) };
        message.text(" ").text(name)
    }

    /// Adds a shape, as `784` or `32×32×16`.
    pub(crate) const fn dims(self, dims: Dims) -> Self {
        match dims {
            Dims::Flat(n) => self.number(n),
            Dims::Image(h, w, c) => self.number(h).text("×").number(w).text("×").number(c),
            Dims::Pair(a, b) => self.text("(").dims(*a).text(", ").dims(*b).text(")"),
        }
    }

    /// Adds a shape as it is written in its type: `Flat<784>`.
    pub(crate) const fn shape(self, dims: Dims) -> Self {
        match dims {
            Dims::Flat(n) => self.text("Flat<").number(n).text(">"),
            Dims::Image(h, w, c) => {
                self.text("Image<").number(h).text(", ").number(w).text(", ").number(c).text(">")
            }
            Dims::Pair(a, b) => self.text("(").shape(*a).text(", ").shape(*b).text(")"),
        }
    }

    /// Returns the message.
    pub(crate) const fn as_str(&self) -> &str {
        match str::from_utf8(self.bytes.split_at(self.len).0) {
            Ok(text) => text,
            Err(_) => "",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Message;
    use crate::core::Dims;

    #[test]
    fn composes_texts_numbers_and_shapes() {
        const MESSAGE: Message = Message::new()
            .text("takes ")
            .dims(Dims::Image(32, 28, 1))
            .text(", not ")
            .dims(Dims::Flat(1_234_567_890))
            .text(" or ")
            .number(0);
        assert_eq!(MESSAGE.as_str(), "takes 32×28×1, not 1234567890 or 0");
    }

    #[test]
    fn separates_thousands_and_rounds_up() {
        for (number, written) in
            [(0, "0"), (999, "999"), (1000, "1,000"), (61_706, "61,706"), (1_000_020, "1,000,020")]
        {
            assert_eq!(Message::new().grouped(number).as_str(), written);
        }
        for (bytes, written) in
            [(524_288, "512 KiB"), (524_289, "512.1 KiB"), (1536, "1.5 KiB"), (1_048_575, "1,024 KiB")]
        {
            assert_eq!(Message::new().amount(bytes, ("KiB", 1024)).as_str(), written);
        }
        assert_eq!(Message::new().amount(4321, ("B", 1)).as_str(), "4,321 B");
    }

    #[test]
    fn leaves_out_what_does_not_fit() {
        let long = "×".repeat(Message::ROOM / 2 - 1);
        let message = Message::new().text(&long).text("abc").text("de").text("f");
        assert_eq!(message.as_str(), format!("{long}de"));
    }
}
