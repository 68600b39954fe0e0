//! Numbers that no JSON reader of Rust can represent, such as `1e999` (RFC 8259 §6). They must not
//! cost the rest of a document.

use std::ops::Range;

/// The texts that replace them: the largest and the smallest number.
const LARGEST: &str = "1.7976931348623157e308";
const SMALLEST: &str = "-1.7976931348623157e308";

/// Replaces each number that is too large by the largest number, and each that is too small by the
/// smallest. Returns [`None`] if there is no such number.
///
/// ```
/// use ory_oidc_core::number::in_range;
///
/// let json = in_range(br#"{"sub": "a", "level": 1e999}"#).expect("a number is out of range");
/// let claims: serde_json::Value = serde_json::from_slice(&json)?;
/// assert_eq!(claims["level"], f64::MAX);
/// assert_eq!(in_range(br#"{"level": 1e99}"#), None);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[must_use]
pub fn in_range(json: &[u8]) -> Option<Vec<u8>> {
    let mut replaced = Vec::new();
    let (mut copied, mut at) = (0, 0);
    while let Some(number) = next_number(json, at) {
        at = number.end;
        let text = std::str::from_utf8(&json[number.clone()]).unwrap_or_default();
        let replacement = match text.parse() {
            Ok(f64::INFINITY) => LARGEST,
            Ok(f64::NEG_INFINITY) => SMALLEST,
            _ => continue,
        };
        replaced.extend_from_slice(&json[copied..number.start]);
        replaced.extend_from_slice(replacement.as_bytes());
        copied = number.end;
    }
    (copied > 0).then(|| {
        replaced.extend_from_slice(&json[copied..]);
        replaced
    })
}

/// Finds the next number outside of strings.
fn next_number(json: &[u8], from: usize) -> Option<Range<usize>> {
    let (mut quoted, mut escaped) = (false, false);
    let mut bytes = json.iter().enumerate().skip(from);
    let (start, _) = bytes.find(|(_, byte)| {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b'-' | b'0'..=b'9' => return !quoted,
            _ => {}
        }
        false
    })?;
    let is_part = |byte: &u8| byte.is_ascii_digit() || b"+-.eE".contains(byte);
    let length = json[start..]
        .iter()
        .take_while(|byte| is_part(byte))
        .count();
    Some(start..start + length)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn only_numbers_out_of_range_are_replaced() {
        let digits = "9".repeat(400);
        for (json, expected) in [
            ("1e999", LARGEST.to_owned()),
            ("-1E+999", SMALLEST.to_owned()),
            (digits.as_str(), LARGEST.to_owned()),
            (
                r#"{"1e999": "-1e999\"1e999", "a": [0, -1.5e3, 1e999, 1e-999]}"#,
                format!(r#"{{"1e999": "-1e999\"1e999", "a": [0, -1.5e3, {LARGEST}, 1e-999]}}"#),
            ),
            (
                r#"{"a":1e999,"b":-1e999}"#,
                format!(r#"{{"a":{LARGEST},"b":{SMALLEST}}}"#),
            ),
        ] {
            let replaced = in_range(json.as_bytes()).expect("a number is out of range");
            assert_eq!(replaced, expected.as_bytes(), "{json}");
        }
        for json in [
            "",
            "1e308",
            "-0",
            r#""1e999""#,
            r#""open 1e999"#,
            r#"["\\", 1e-999]"#,
        ] {
            assert_eq!(in_range(json.as_bytes()), None, "{json}");
        }
    }

    proptest! {
        #[test]
        fn any_document_with_such_numbers_is_readable(
            names in proptest::collection::vec(any::<String>(), 1..4),
            exponent in 309..9999,
        ) {
            let members = names.iter().map(|name| {
                let name = serde_json::to_string(name).expect("a text is JSON");
                format!("{name}: [-1e{exponent}, {name}, 10.0E+{exponent}]")
            });
            let json = format!("{{{}}}", members.collect::<Vec<_>>().join(","));
            prop_assert!(serde_json::from_str::<serde_json::Value>(&json).is_err());
            let replaced = in_range(json.as_bytes()).expect("numbers are out of range");
            prop_assert!(serde_json::from_slice::<serde_json::Value>(&replaced).is_ok());
        }
    }
}
