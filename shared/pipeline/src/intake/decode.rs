//! From the bytes of a file to text. Pure and total: bytes that are no text are replaced, so that one bad file never stops
//! the rest.

/// Decodes UTF-8 and UTF-16, with or without a byte order mark. The mark is not part of the text. UTF-16 without a mark is
/// known by its zeros: JSON begins with two ASCII characters, or with one and a line break.
#[must_use]
pub fn decode(bytes: &[u8]) -> String {
    match bytes {
        [0xef, 0xbb, 0xbf, rest @ ..] => String::from_utf8_lossy(rest).into_owned(),
        [0xff, 0xfe, rest @ ..] => utf16(rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => utf16(rest, u16::from_be_bytes),
        [first, 0, second, 0, ..] if *first != 0 && *second != 0 => utf16(bytes, u16::from_le_bytes),
        [0, first, 0, second, ..] if *first != 0 && *second != 0 => utf16(bytes, u16::from_be_bytes),
        _ => String::from_utf8_lossy(bytes).into_owned(),
    }
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> String {
    let (pairs, odd) = bytes.as_chunks::<2>();
    let replaced = char::REPLACEMENT_CHARACTER;
    let characters = char::decode_utf16(pairs.iter().copied().map(unit)).map(|c| c.unwrap_or(replaced));
    characters.chain((!odd.is_empty()).then_some(replaced)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_encoding_with_a_mark_is_the_same_text() {
        let text = "{\"name\": \"prüfung 🚢\"}";
        let little: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let big: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        assert_eq!(decode(text.as_bytes()), text);
        assert_eq!(decode(&[&[0xef, 0xbb, 0xbf], text.as_bytes()].concat()), text);
        assert_eq!(decode(&[&[0xff, 0xfe], little.as_slice()].concat()), text);
        assert_eq!(decode(&[&[0xfe, 0xff], big.as_slice()].concat()), text);
        assert_eq!(decode(&little), text);
        assert_eq!(decode(&big), text);
    }

    #[test]
    fn bytes_that_are_no_text_are_replaced() {
        assert_eq!(decode(&[]), "");
        assert_eq!(decode(&[0x7b, 0xff]), "{\u{fffd}");
        assert_eq!(decode(&[0xff, 0xfe, 0x7b, 0x00, 0x7d]), "{\u{fffd}");
        assert_eq!(decode(&[0xff, 0xfe, 0x00, 0xd8]), "\u{fffd}");
    }
}
