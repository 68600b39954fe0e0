//! Finds the end of a JSON value, or what Go's package `encoding/json` says is wrong with it.

/// Maximum nesting of lists and objects.
const DEPTH_LIMIT: usize = 10_000;

/// What comes next.
#[derive(Clone, Copy)]
enum Next {
    Value,
    /// A value, or the end of the list.
    FirstItem,
    /// A name, or the end of the object.
    FirstName,
    Name,
    Colon,
    /// A comma, or the end of the list or object.
    Separator,
}

/// Returns the length of the first JSON value and of the space before it.
///
/// The error is Go's message.
pub(crate) fn scan(text: &[u8]) -> Result<usize, String> {
    let mut rest = skip_space(text);
    if rest.is_empty() {
        return Err("EOF".to_owned());
    }
    let mut open = Vec::new();
    let mut next = Next::Value;
    loop {
        rest = skip_space(rest);
        let Some((&byte, after)) = rest.split_first() else {
            return Err("unexpected EOF".to_owned());
        };
        let closes = open.last() == Some(&byte);
        (rest, next) = match (next, byte) {
            (Next::FirstItem, b']') | (Next::FirstName, b'}') => {
                open.pop();
                (after, Next::Separator)
            }
            (Next::Value | Next::FirstItem, b'{' | b'[') => {
                if open.len() == DEPTH_LIMIT {
                    return Err(unexpected(byte, "exceeded max depth"));
                }
                open.push(byte + 2); // `}` or `]`
                let is_object = byte == b'{';
                (
                    after,
                    if is_object {
                        Next::FirstName
                    } else {
                        Next::FirstItem
                    },
                )
            }
            (Next::Value | Next::FirstItem, _) => (scalar(rest)?, Next::Separator),
            (Next::FirstName | Next::Name, b'"') => (string(rest)?, Next::Colon),
            (Next::FirstName | Next::Name, _) => {
                return Err(unexpected(
                    byte,
                    "looking for beginning of object key string",
                ));
            }
            (Next::Colon, b':') => (after, Next::Value),
            (Next::Colon, _) => return Err(unexpected(byte, "after object key")),
            (Next::Separator, _) if closes => {
                open.pop();
                (after, Next::Separator)
            }
            (Next::Separator, _) => {
                let is_object = open.last() == Some(&b'}');
                match (byte, is_object) {
                    (b',', true) => (after, Next::Name),
                    (b',', false) => (after, Next::Value),
                    (_, true) => return Err(unexpected(byte, "after object key:value pair")),
                    (_, false) => return Err(unexpected(byte, "after array element")),
                }
            }
        };
        if open.is_empty() {
            return Ok(text.len() - rest.len());
        }
    }
}

/// Skips the space that JSON allows.
pub(crate) fn skip_space(text: &[u8]) -> &[u8] {
    let start = text.iter().position(|byte| !b" \t\r\n".contains(byte));
    &text[start.unwrap_or(text.len())..]
}

/// Skips a string, a number or a literal.
fn scalar(text: &[u8]) -> Result<&[u8], String> {
    match text.first() {
        Some(b'"') => string(text),
        Some(b'-' | b'0'..=b'9') => number(text),
        Some(b't') => literal(text, "true"),
        Some(b'f') => literal(text, "false"),
        Some(b'n') => literal(text, "null"),
        Some(&byte) => Err(unexpected(byte, "looking for beginning of value")),
        None => Err("unexpected EOF".to_owned()),
    }
}

fn literal<'a>(text: &'a [u8], literal: &str) -> Result<&'a [u8], String> {
    for (index, expected) in literal.bytes().enumerate() {
        let place = format!(
            "in literal {literal} (expecting '{}')",
            char::from(expected)
        );
        check(text.get(index), |byte| byte == expected, &place)?;
    }
    Ok(&text[literal.len()..])
}

fn string(text: &[u8]) -> Result<&[u8], String> {
    let mut index = 1;
    loop {
        match text.get(index) {
            Some(b'"') => return Ok(&text[index + 1..]),
            Some(b'\\') => {
                let in_escape = "in string escape code";
                let escape = text.get(index + 1);
                check(escape, |byte| b"\"\\/bfnrtu".contains(&byte), in_escape)?;
                index += 2;
                if escape == Some(&b'u') {
                    for _ in 0..4 {
                        let in_digits = "in \\u hexadecimal character escape";
                        check(text.get(index), |byte| byte.is_ascii_hexdigit(), in_digits)?;
                        index += 1;
                    }
                }
            }
            byte => {
                check(byte, |byte| byte >= b' ', "in string literal")?;
                index += 1;
            }
        }
    }
}

fn number(text: &[u8]) -> Result<&[u8], String> {
    let digit = |byte: u8| byte.is_ascii_digit();
    let mut rest = text.strip_prefix(b"-").unwrap_or(text);
    check(rest.first(), digit, "in numeric literal")?;
    rest = match rest.strip_prefix(b"0") {
        Some(after) => after,
        None => skip_digits(rest),
    };
    if let Some(fraction) = rest.strip_prefix(b".") {
        check(
            fraction.first(),
            digit,
            "after decimal point in numeric literal",
        )?;
        rest = skip_digits(fraction);
    }
    if let Some((b'e' | b'E', exponent)) = rest.split_first() {
        let sign = usize::from(matches!(exponent.first(), Some(b'+' | b'-')));
        let exponent = &exponent[sign..];
        check(exponent.first(), digit, "in exponent of numeric literal")?;
        rest = skip_digits(exponent);
    }
    Ok(rest)
}

fn skip_digits(text: &[u8]) -> &[u8] {
    let end = text.iter().position(|byte| !byte.is_ascii_digit());
    &text[end.unwrap_or(text.len())..]
}

fn check(byte: Option<&u8>, is_right: impl Fn(u8) -> bool, place: &str) -> Result<(), String> {
    match byte {
        None => Err("unexpected EOF".to_owned()),
        Some(&byte) if is_right(byte) => Ok(()),
        Some(&byte) => Err(unexpected(byte, place)),
    }
}

fn unexpected(byte: u8, place: &str) -> String {
    let character = match byte {
        b'\'' => "\\'".to_owned(),
        b'"' => "\"".to_owned(),
        b'\n' => "\\n".to_owned(),
        b'\r' => "\\r".to_owned(),
        b'\t' => "\\t".to_owned(),
        b'\\' => "\\\\".to_owned(),
        0..b' ' | 0x7f => format!("\\x{byte:02x}"),
        0x80..0xa0 => format!("\\u{byte:04x}"),
        _ => char::from(byte).to_string(),
    };
    format!("invalid character '{character}' {place}")
}

#[cfg(test)]
mod tests {
    use super::scan;

    #[test]
    fn invalid_json_is_rejected_with_gos_error_message() {
        for (body, error) in [
            ("", "EOF"),
            (" \n", "EOF"),
            ("{", "unexpected EOF"),
            ("{\"a\": tru", "unexpected EOF"),
            ("{\"a", "unexpected EOF"),
            (
                "{nope}",
                "invalid character 'n' looking for beginning of object key string",
            ),
            (
                "{\"a\": 1,}",
                "invalid character '}' looking for beginning of object key string",
            ),
            (
                "[1,]",
                "invalid character ']' looking for beginning of value",
            ),
            (
                "a=b",
                "invalid character 'a' looking for beginning of value",
            ),
            (
                "'a'",
                "invalid character '\\'' looking for beginning of value",
            ),
            (
                "\u{feff}{}",
                "invalid character '\u{ef}' looking for beginning of value",
            ),
            ("{\"a\" 1}", "invalid character '1' after object key"),
            (
                "{\"a\": 1 \"b\": 2}",
                "invalid character '\"' after object key:value pair",
            ),
            (
                "{\"a\": 01}",
                "invalid character '1' after object key:value pair",
            ),
            ("[1 2]", "invalid character '2' after array element"),
            (
                "truf",
                "invalid character 'f' in literal true (expecting 'e')",
            ),
            ("-x", "invalid character 'x' in numeric literal"),
            (
                "1.}",
                "invalid character '}' after decimal point in numeric literal",
            ),
            (
                "1e+}",
                "invalid character '}' in exponent of numeric literal",
            ),
            ("\"\\x\"", "invalid character 'x' in string escape code"),
            (
                "\"\\u12g4\"",
                "invalid character 'g' in \\u hexadecimal character escape",
            ),
            ("\"a\nb\"", "invalid character '\\n' in string literal"),
            ("\"\u{1}\"", "invalid character '\\x01' in string literal"),
        ] {
            assert_eq!(
                scan(body.as_bytes()).err().as_deref(),
                Some(error),
                "{body}"
            );
        }
    }

    #[test]
    fn the_end_of_the_first_value_is_found() {
        for (text, length) in [
            ("{} {}", 2),
            (" [1, {\"a\": [2]}]x", 16),
            ("\"a\\\"b\" c", 6),
            ("-1.5e+3,", 7),
            ("null1", 4),
        ] {
            assert_eq!(scan(text.as_bytes()), Ok(length), "{text}");
        }
    }
}
