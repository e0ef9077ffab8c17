//! Encodes bytes as Base64 (RFC 4648, section 4), for pictures inside a page.
//!
//! A crate for it would be one more for each user to build; the tests compare with one.

const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Returns four letters for each three bytes, the last of them padded with `=`.
pub(crate) fn encode(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for three in bytes.chunks(3) {
        let byte = |at: usize| u32::from(three.get(at).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for at in 0..4 {
            let letter = LETTERS[(bits >> (18 - 6 * at)) as usize % 64];
            text.push(if at > three.len() { '=' } else { char::from(letter) });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;

    #[test]
    fn is_what_others_write() {
        let bytes: Vec<u8> = (0..=255).rev().chain(0..=255).collect();
        for len in 0..bytes.len() {
            assert_eq!(super::encode(&bytes[..len]), STANDARD.encode(&bytes[..len]));
        }
        // an example from RFC 4648, section 10
        assert_eq!(super::encode(b"foob"), "Zm9vYg==");
    }
}
