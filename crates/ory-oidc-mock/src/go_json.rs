//! Decodes JSON as Go's package `encoding/json` does, with its error messages.

use serde_json::{Map, Number, Value};

use crate::go_json_scanner::{scan, skip_space};

/// Values in more lists and objects than these are decoded as `null`.
const DEPTH_LIMIT: usize = 100;

/// Decodes the first JSON value of a body and ignores the rest.
///
/// Bytes that are not UTF-8, and halves of surrogate pairs, become U+FFFD. A `null` does not replace an
/// earlier member of the same name.
pub(crate) fn first_value(body: &[u8]) -> Result<Value, String> {
    let length = scan(body)?;
    let mut reader = Reader {
        rest: &body[..length],
    };
    Ok(reader.value(0))
}

/// Reads a value that is known to be valid.
struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    fn value(&mut self, depth: usize) -> Value {
        self.rest = skip_space(self.rest);
        match self.peek() {
            b'{' | b'[' if depth == DEPTH_LIMIT => {
                let length = scan(self.rest).unwrap_or(self.rest.len());
                self.take(length);
                Value::Null
            }
            b'{' => Value::Object(self.object(depth)),
            b'[' => Value::Array(self.array(depth)),
            b'"' => Value::String(self.string()),
            _ => {
                let is_delimiter = |byte: &u8| b" \t\r\n,]}".contains(byte);
                let length = self.rest.iter().position(is_delimiter);
                match self.take(length.unwrap_or(self.rest.len())) {
                    b"true" => Value::Bool(true),
                    b"false" => Value::Bool(false),
                    b"null" => Value::Null,
                    digits => number(&String::from_utf8_lossy(digits)),
                }
            }
        }
    }

    fn object(&mut self, depth: usize) -> Map<String, Value> {
        let mut members = Map::new();
        while self.next_item(b'}') {
            let name = self.string();
            self.rest = skip_space(self.rest);
            self.take(1); // the colon
            let value = self.value(depth + 1);
            if !value.is_null() || !members.contains_key(&name) {
                members.insert(name, value);
            }
        }
        members
    }

    fn array(&mut self, depth: usize) -> Vec<Value> {
        let mut items = Vec::new();
        while self.next_item(b']') {
            items.push(self.value(depth + 1));
        }
        items
    }

    /// Moves to the next item of a list or object. Returns `false` after the last one.
    fn next_item(&mut self, end: u8) -> bool {
        self.rest = skip_space(self.rest);
        let found = self.peek();
        if b"{[,".contains(&found) {
            self.take(1);
            self.rest = skip_space(self.rest);
        }
        if self.peek() != end {
            return true;
        }
        self.take(1);
        false
    }

    fn string(&mut self) -> String {
        self.take(1); // the quotation mark
        let mut text = Vec::new();
        loop {
            let plain = self.rest.iter().position(|byte| b"\"\\".contains(byte));
            text.extend_from_slice(self.take(plain.unwrap_or(self.rest.len())));
            if self.take(1) != b"\\" {
                return String::from_utf8_lossy(&text).into_owned();
            }
            let character = match self.take(1) {
                b"n" => '\n',
                b"t" => '\t',
                b"r" => '\r',
                b"b" => '\u{8}',
                b"f" => '\u{c}',
                b"u" => self.unicode_escape(),
                other => other.first().copied().map_or('\u{fffd}', char::from),
            };
            text.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
        }
    }

    /// Reads the digits of a `\u` escape, and a second escape if both are a surrogate pair.
    fn unicode_escape(&mut self) -> char {
        let first = hexadecimal(self.take(4));
        let second = self
            .rest
            .strip_prefix(b"\\u")
            .and_then(|rest| rest.get(..4));
        let pair = [first, second.map_or(0, hexadecimal)];
        match char::decode_utf16(pair).next() {
            Some(Ok(character)) => {
                if character.len_utf16() == 2 {
                    self.take(6);
                }
                character
            }
            _ => '\u{fffd}',
        }
    }

    fn peek(&self) -> u8 {
        self.rest.first().copied().unwrap_or_default()
    }

    fn take(&mut self, length: usize) -> &'a [u8] {
        let (taken, rest) = self.rest.split_at(length.min(self.rest.len()));
        self.rest = rest;
        taken
    }
}

fn hexadecimal(digits: &[u8]) -> u16 {
    let digits = std::str::from_utf8(digits).unwrap_or_default();
    u16::from_str_radix(digits, 16).unwrap_or_default()
}

fn number(digits: &str) -> Value {
    let integer = digits.parse::<i64>().map(Number::from);
    let integer = integer.or_else(|_| digits.parse::<u64>().map(Number::from));
    let number = integer.ok().or_else(|| {
        let number = digits.parse::<f64>().unwrap_or_default();
        Number::from_f64(number.clamp(f64::MIN, f64::MAX))
    });
    number.map_or(Value::Null, Value::Number)
}

#[cfg(test)]
mod tests {
    use super::first_value;
    use serde_json::json;

    #[test]
    fn text_after_the_first_value_is_ignored() {
        assert_eq!(first_value(b"{} trailing"), Ok(json!({})));
    }

    #[test]
    fn all_kinds_of_values_are_decoded() {
        let body = br#" {"a": [1, -2.5, 1e2, 18446744073709551615, true, false, null, [], {}],
            "b" : "\"\\\/\b\f\n\r\t\u00e4\ud83d\ude00" } "#;
        let expected = json!({
            "a": [1, -2.5, 100.0, u64::MAX, true, false, null, [], {}],
            "b": "\"\\/\u{8}\u{c}\n\r\t\u{e4}\u{1f600}",
        });
        assert_eq!(first_value(body), Ok(expected));
    }

    #[test]
    fn what_is_not_unicode_is_replaced() {
        for (body, text) in [
            (&b"\"Zo\xeb\""[..], "Zo\u{fffd}"),
            (b"\"a\\ud800b\"", "a\u{fffd}b"),
            (b"\"\\ude00\\ud83d\"", "\u{fffd}\u{fffd}"),
            (b"\"\\ud83d\\u0041\"", "\u{fffd}A"),
        ] {
            assert_eq!(first_value(body), Ok(json!(text)));
        }
    }

    #[test]
    fn null_does_not_replace_an_earlier_member() {
        let body = br#"{"a": 1, "a": 2, "a": null, "b": null}"#;
        assert_eq!(first_value(body), Ok(json!({"a": 2, "b": null})));
    }

    #[test]
    fn deeply_nested_values_are_read_up_to_a_limit() {
        let nested = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
        assert!(first_value(nested(10_000).as_bytes()).is_ok());
        let error = first_value(nested(10_001).as_bytes());
        assert_eq!(
            error.err().as_deref(),
            Some("invalid character '[' exceeded max depth")
        );
    }
}
