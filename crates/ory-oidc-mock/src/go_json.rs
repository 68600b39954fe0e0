//! Decodes JSON as Go does, with Go's error messages.

use serde_json::Value;
use serde_json::error::Category;

/// Decodes the first JSON value of a body and ignores the rest.
pub(crate) fn first_value(body: &[u8]) -> Result<Value, String> {
    match serde_json::Deserializer::from_slice(body)
        .into_iter()
        .next()
    {
        None => Err("EOF".to_owned()),
        Some(Ok(value)) => Ok(value),
        Some(Err(error)) if error.classify() == Category::Eof => Err("unexpected EOF".to_owned()),
        Some(Err(error)) => Err(go_message(body, &error)),
    }
}

fn go_message(body: &[u8], error: &serde_json::Error) -> String {
    let text = error.to_string();
    let place = [
        (
            "key must be a string",
            "looking for beginning of object key string",
        ),
        (
            "trailing comma",
            "looking for beginning of object key string",
        ),
        ("expected value", "looking for beginning of value"),
        ("expected `:`", "after object key"),
        ("expected `,` or `}`", "after object key:value pair"),
        ("expected `,` or `]`", "after array element"),
        ("expected ident", "in literal"),
        ("control character", "in string literal"),
    ]
    .into_iter()
    .find_map(|(serde, go)| text.starts_with(serde).then_some(go));
    let line = body
        .split(|byte| *byte == b'\n')
        .nth(error.line().saturating_sub(1))
        .unwrap_or_default();
    let byte = error
        .column()
        .checked_sub(1)
        .and_then(|column| line.get(column));
    match (place, byte) {
        (Some(place), Some(byte)) => format!("invalid character {:?} {place}", char::from(*byte)),
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use super::first_value;
    use serde_json::json;

    #[test]
    fn invalid_json_is_rejected_with_gos_error_message() {
        for (body, error) in [
            ("", "EOF"),
            ("{", "unexpected EOF"),
            (
                "{nope}",
                "invalid character 'n' looking for beginning of object key string",
            ),
            (
                "a=b",
                "invalid character 'a' looking for beginning of value",
            ),
            ("{\"a\" 1}", "invalid character '1' after object key"),
            (
                "{\"a\": 1 \"b\": 2}",
                "invalid character '\"' after object key:value pair",
            ),
            ("[1 2]", "invalid character '2' after array element"),
        ] {
            assert_eq!(
                first_value(body.as_bytes()).err().as_deref(),
                Some(error),
                "{body}"
            );
        }
    }

    #[test]
    fn text_after_the_first_value_is_ignored() {
        assert_eq!(first_value(b"{} trailing"), Ok(json!({})));
    }
}
