//! The `WWW-Authenticate` header of a response (RFC 6750 §3).

use axum::http::HeaderValue;
use std::fmt::Write as _;

/// Builds a `Bearer` challenge from the parameters that are present.
pub(crate) fn bearer<'a>(
    parameters: impl IntoIterator<Item = (&'static str, Option<&'a str>)>,
) -> HeaderValue {
    let mut text = String::from("Bearer");
    let mut separator = ' ';
    for (name, value) in parameters {
        let Some(value) = value else { continue };
        let escaped = value.replace('\\', r"\\").replace('"', r#"\""#);
        let _ = write!(text, r#"{separator}{name}="{escaped}""#);
        separator = ',';
    }
    HeaderValue::try_from(text).expect("the parameters are visible ASCII characters and spaces")
}

/// Whether a quoted text of a header can hold this text: visible ASCII characters and spaces.
pub(crate) fn is_quotable(text: &str) -> bool {
    text.bytes().all(|b| b == b' ' || b.is_ascii_graphic())
}

/// Whether the text is a `scope-token` (RFC 6749 §3.3).
pub(crate) fn is_scope(text: &str) -> bool {
    let permitted = |b: u8| b.is_ascii_graphic() && b != b'"' && b != b'\\';
    !text.is_empty() && text.bytes().all(permitted)
}

/// Whether the text is a list of scopes, separated by spaces.
pub(crate) fn is_scope_list(text: &str) -> bool {
    text.split(' ').all(is_scope)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_quoted_and_absent_ones_left_out() {
        let parameters = [
            ("realm", Some(r#"a "b" \c"#)),
            ("error", None),
            ("scope", Some("x y")),
        ];
        assert_eq!(
            bearer(parameters),
            r#"Bearer realm="a \"b\" \\c",scope="x y""#
        );
    }

    #[test]
    fn scopes_are_visible_ascii_without_quotes_and_backslashes() {
        assert!(is_scope_list("openid api:read https://api.example/x"));
        for text in ["", " ", "a  b", "a\"", "a\\", "a\tb", "é", "a\r\nb"] {
            assert!(!is_scope_list(text), "{text:?}");
        }
    }
}
