//! Paths of requests, as Go handles them.

use std::borrow::Cow;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

/// The characters that Go's `url.URL` encodes in a path.
const PATH: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~')
    .remove(b'$')
    .remove(b'&')
    .remove(b'+')
    .remove(b',')
    .remove(b'/')
    .remove(b':')
    .remove(b';')
    .remove(b'=')
    .remove(b'@');

/// Whether every `%` of a path starts an escape. Go refuses a request otherwise.
pub(crate) fn is_valid(path: &str) -> bool {
    path.split('%').skip(1).all(|rest| {
        let digits = rest.as_bytes().get(..2);
        digits.is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
    })
}

/// Decodes the escapes of a path.
pub(crate) fn decode(path: &str) -> Cow<'_, str> {
    percent_decode_str(path).decode_utf8_lossy()
}

/// Encodes a decoded path as Go does.
pub(crate) fn encode(path: &str) -> String {
    utf8_percent_encode(path, PATH).to_string()
}

/// Removes escapes that are not needed from each segment of a path. `%2F` stays.
pub(crate) fn normalize(path: &str) -> String {
    path.split('/')
        .map(|segment| utf8_percent_encode(&decode(segment), NON_ALPHANUMERIC_OR_DOT).to_string())
        .collect::<Vec<_>>()
        .join("/")
}

/// The characters that are not encoded in a segment of a routed path.
const NON_ALPHANUMERIC_OR_DOT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~');

/// Removes `.`, `..` and empty segments from a path. A slash at the end stays.
pub(crate) fn clean(path: &str) -> String {
    let mut segments: Vec<&str> = Vec::new();
    for segment in path.split('/') {
        match segment {
            "" | "." => {}
            ".." => drop(segments.pop()),
            other => segments.push(other),
        }
    }
    let mut clean = format!("/{}", segments.join("/"));
    if path.ends_with('/') && clean != "/" {
        clean.push('/');
    }
    clean
}

#[cfg(test)]
mod tests {
    use super::{clean, is_valid, normalize};

    #[test]
    fn dot_segments_and_empty_segments_are_removed() {
        for (path, cleaned) in [
            ("/oauth2/register/..", "/oauth2"),
            ("/a/./b", "/a/b"),
            ("//userinfo", "/userinfo"),
            ("/../..", "/"),
            ("/oauth2/register/", "/oauth2/register/"),
            ("", "/"),
        ] {
            assert_eq!(clean(path), cleaned, "{path}");
        }
    }

    #[test]
    fn an_escape_has_two_hexadecimal_digits() {
        for (path, valid) in [
            ("/a%2Fb", true),
            ("/%", false),
            ("/%2", false),
            ("/%zz", false),
        ] {
            assert_eq!(is_valid(path), valid, "{path}");
        }
    }

    #[test]
    fn an_encoded_slash_is_not_a_separator() {
        assert_eq!(normalize("/user%69nfo/a%2Fb%20c"), "/userinfo/a%2Fb%20c");
    }
}
