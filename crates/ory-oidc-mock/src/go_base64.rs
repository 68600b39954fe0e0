//! Decodes base64 as Go's package `encoding/base64` does.

use base64::alphabet::{STANDARD, URL_SAFE};
use base64::engine::general_purpose::{GeneralPurpose, NO_PAD, PAD};
use base64::{DecodeError, Engine as _};

/// The last character may have bits that no byte needs.
const BASE64URL: GeneralPurpose =
    GeneralPurpose::new(&URL_SAFE, NO_PAD.with_decode_allow_trailing_bits(true));
const BASE64: GeneralPurpose =
    GeneralPurpose::new(&STANDARD, PAD.with_decode_allow_trailing_bits(true));

/// Decodes base64url without padding. The error is Go's message.
pub(crate) fn decode(text: &str) -> Result<Vec<u8>, String> {
    let decoded = BASE64URL.decode(text);
    decoded.map_err(|error| message(text, &error))
}

/// Decodes base64 with padding. The error is Go's message.
pub(crate) fn decode_padded(text: &str) -> Result<Vec<u8>, String> {
    let decoded = BASE64.decode(text);
    decoded.map_err(|error| message(text, &error))
}

fn message(text: &str, error: &DecodeError) -> String {
    let place = match error {
        DecodeError::InvalidByte(place, _) => *place,
        // The incomplete group of four characters.
        _ => text.find('=').unwrap_or(text.len() - text.len() % 4),
    };
    format!("illegal base64 data at input byte {place}")
}

#[cfg(test)]
mod tests {
    use super::{decode, decode_padded};

    #[test]
    fn base64url_is_decoded_as_in_go() {
        assert_eq!(decode("AQ"), Ok(vec![1]));
        assert_eq!(decode("AR"), Ok(vec![1]));
        for (text, place) in [("!!", 0), ("A+BC", 1), ("AQ=", 2), ("AQABA", 4)] {
            let error = format!("illegal base64 data at input byte {place}");
            assert_eq!(decode(text), Err(error), "{text}");
        }
        let error = "illegal base64 data at input byte 4";
        assert_eq!(decode_padded("AQABx"), Err(error.to_owned()));
    }
}
