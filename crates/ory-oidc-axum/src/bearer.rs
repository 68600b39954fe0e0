//! The bearer token of a request (RFC 6750 §2.1).

use crate::reason::Reason;
use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;

/// Returns the token of the `Authorization` header. A token in the query or in a form is not read:
/// URLs are logged, and a form can be sent by another site (RFC 6750 §5.3, RFC 9700 §4.3.2).
pub(crate) fn token(headers: &HeaderMap, max_bytes: usize) -> Result<&str, Reason> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let value = values.next().ok_or(Reason::NoToken)?;
    if values.next().is_some() {
        return Err(Reason::InvalidRequest);
    }
    let value = value.as_bytes();
    let (scheme, rest) =
        value.split_at(value.iter().position(|b| *b == b' ').unwrap_or(value.len()));
    if !scheme.eq_ignore_ascii_case(b"Bearer") {
        return Err(Reason::NoToken);
    }
    let token = rest.trim_ascii_start();
    if token.len() > max_bytes {
        return Err(Reason::InvalidToken);
    }
    str::from_utf8(token)
        .ok()
        .filter(|token| is_b64token(token))
        .ok_or(Reason::InvalidRequest)
}

/// Whether the text is a `b64token` (RFC 6750 §2.1).
pub(crate) fn is_b64token(text: &str) -> bool {
    let body = text.trim_end_matches('=');
    let permitted = |b: u8| b.is_ascii_alphanumeric() || b"-._~+/".contains(&b);
    !body.is_empty() && body.bytes().all(permitted)
}

/// Marks the `Authorization` headers as sensitive, so that the `Debug` of later layers hides them.
pub(crate) fn mark_as_sensitive(headers: &mut HeaderMap) {
    if let axum::http::header::Entry::Occupied(mut entry) = headers.entry(AUTHORIZATION) {
        for value in entry.iter_mut() {
            value.set_sensitive(true);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    fn read(values: &[&[u8]]) -> Result<String, Reason> {
        let mut headers = HeaderMap::new();
        for value in values {
            let value = HeaderValue::from_bytes(value).expect("the value fits a header");
            headers.append(AUTHORIZATION, value);
        }
        token(&headers, 20).map(str::to_owned)
    }

    #[test]
    fn scheme_is_case_insensitive_and_spaces_may_repeat() {
        for value in ["Bearer abc", "bearer abc", "BEARER   abc"] {
            assert_eq!(read(&[value.as_bytes()]), Ok("abc".to_owned()), "{value}");
        }
        assert_eq!(read(&[b"Bearer aZ9-._~+/=="]), Ok("aZ9-._~+/==".to_owned()));
    }

    #[test]
    fn absent_and_other_credentials_are_no_token() {
        assert_eq!(read(&[]), Err(Reason::NoToken));
        for value in ["Basic YTpi", "", "Bearerabc", "DPoP abc"] {
            assert_eq!(read(&[value.as_bytes()]), Err(Reason::NoToken), "{value}");
        }
    }

    #[test]
    fn malformed_and_repeated_headers_are_invalid_requests() {
        let malformed: &[&[u8]] = &[
            b"Bearer",
            b"Bearer ",
            b"Bearer a b",
            b"Bearer a,b",
            b"Bearer =",
            b"Bearer a=b",
            b"Bearer \xc3\xa9",
            b"Bearer \xff",
            b"Bearer \"a\"",
            b"Bearer a\tb",
            b"Bearer {}",
        ];
        for value in malformed {
            assert_eq!(read(&[value]), Err(Reason::InvalidRequest), "{value:?}");
        }
        let repeated: &[&[&[u8]]] = &[
            &[b"Bearer a", b"Bearer b"],
            &[b"Bearer a", b"Bearer a"],
            &[b"Basic YTpi", b"Bearer a"],
        ];
        for values in repeated {
            assert_eq!(read(values), Err(Reason::InvalidRequest), "{values:?}");
        }
    }

    #[test]
    fn token_over_the_limit_is_invalid() {
        let token = "a".repeat(20);
        assert_eq!(
            read(&[format!("Bearer {token}").as_bytes()]),
            Ok(token.clone())
        );
        let longer = format!("Bearer {token}a");
        assert_eq!(read(&[longer.as_bytes()]), Err(Reason::InvalidToken));
    }

    #[test]
    fn every_authorization_header_is_marked_as_sensitive() {
        let mut headers = HeaderMap::new();
        headers.append(AUTHORIZATION, HeaderValue::from_static("Bearer a"));
        headers.append(AUTHORIZATION, HeaderValue::from_static("Bearer b"));
        mark_as_sensitive(&mut headers);
        assert!(
            headers
                .get_all(AUTHORIZATION)
                .iter()
                .all(HeaderValue::is_sensitive)
        );
    }
}
