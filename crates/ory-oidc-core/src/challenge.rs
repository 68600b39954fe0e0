//! The `WWW-Authenticate` header (RFC 9110 §11.6.1, RFC 6750 §3).

use crate::text::{ENTRIES, clip};
use reqwest::header::{HeaderMap, WWW_AUTHENTICATE};
use std::fmt;

/// One challenge of a `WWW-Authenticate` header: the scheme that the server expects and, for
/// `Bearer`, the problem with the token.
///
/// [`Debug`](fmt::Debug) shows a few parameters, shortened and without control characters.
///
/// ```
/// use ory_oidc_core::challenge::Challenge;
///
/// let challenges = Challenge::parse(r#"Bearer realm="r",error="invalid_token""#);
/// assert!(challenges[0].is_bearer());
/// assert_eq!(challenges[0].error(), Some("invalid_token"));
/// ```
#[derive(Clone, Eq, PartialEq)]
pub struct Challenge {
    scheme: String,
    parameters: Vec<(String, String)>,
}

impl Challenge {
    /// Parses one value of the header. Returns nothing if the value breaks the grammar.
    #[must_use]
    pub fn parse(value: &str) -> Vec<Self> {
        let parsed: Result<Vec<_>, _> = http_auth::parser::ChallengeParser::new(value)
            .map(|challenge| challenge.map(|challenge| owned(&challenge)))
            .collect();
        parsed.unwrap_or_default()
    }

    /// Returns the challenges of all `WWW-Authenticate` headers, in order.
    #[must_use]
    pub fn in_headers(headers: &HeaderMap) -> Vec<Self> {
        let values = headers.get_all(WWW_AUTHENTICATE).into_iter();
        values
            .filter_map(|value| value.to_str().ok())
            .flat_map(Self::parse)
            .collect()
    }

    /// Returns the scheme as the server sent it. Compare it case-insensitively.
    #[must_use]
    pub fn scheme(&self) -> &str {
        &self.scheme
    }

    /// Whether it asks for a bearer token (RFC 6750).
    #[must_use]
    pub fn is_bearer(&self) -> bool {
        self.scheme.eq_ignore_ascii_case("Bearer")
    }

    /// Returns a parameter by its case-insensitive name, with quoted pairs decoded.
    #[must_use]
    pub fn parameter(&self, name: &str) -> Option<&str> {
        let found = self
            .parameters
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    /// Returns `error` (RFC 6750 §3.1). It is absent if the request carried no token.
    #[must_use]
    pub fn error(&self) -> Option<&str> {
        self.parameter("error")
    }

    /// Returns `error_description`, a text for developers (RFC 6750 §3).
    #[must_use]
    pub fn error_description(&self) -> Option<&str> {
        self.parameter("error_description")
    }

    /// Returns `scope`, the scope that the request needs (RFC 6750 §3).
    #[must_use]
    pub fn scope(&self) -> Option<&str> {
        self.parameter("scope")
    }

    /// Returns `realm` (RFC 9110 §11.5).
    #[must_use]
    pub fn realm(&self) -> Option<&str> {
        self.parameter("realm")
    }
}

impl fmt::Debug for Challenge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parameters = self.parameters.iter().take(ENTRIES);
        let parameters = parameters.map(|(name, value)| (clip(name), clip(value)));
        f.debug_struct("Challenge")
            .field("scheme", &clip(&self.scheme))
            .field("parameters", &parameters.collect::<Vec<_>>())
            .finish()
    }
}

fn owned(challenge: &http_auth::ChallengeRef<'_>) -> Challenge {
    let parameters = challenge.params.iter();
    Challenge {
        scheme: challenge.scheme.to_owned(),
        parameters: parameters
            .map(|(name, value)| ((*name).to_owned(), value.to_unescaped()))
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use reqwest::header::HeaderValue;

    /// The characters of a name (RFC 9110 §5.6.2).
    const TOKEN: &str = "[!#$%&'*+.^_`|~0-9A-Za-z-]{1,12}";

    /// Generates a challenge whose values are any quotable text.
    fn challenge() -> impl Strategy<Value = Challenge> {
        let parameters = proptest::collection::vec((TOKEN, "[\t -~]{0,20}"), 0..4);
        (TOKEN, parameters).prop_map(|(scheme, parameters)| Challenge { scheme, parameters })
    }

    /// Writes a challenge as a server does, with every value in quotes.
    fn written(challenge: &Challenge) -> String {
        let parameters = challenge.parameters.iter().map(|(name, value)| {
            let escaped = value.replace('\\', r"\\").replace('"', r#"\""#);
            format!(r#"{name}="{escaped}""#)
        });
        let parameters: Vec<_> = parameters.collect();
        format!("{} {}", challenge.scheme, parameters.join(","))
            .trim_end()
            .to_owned()
    }

    proptest! {
        #[test]
        fn no_header_makes_the_parser_panic(text in any::<String>(), bytes in any::<Vec<u8>>()) {
            let _ = Challenge::parse(&text);
            let mut headers = HeaderMap::new();
            if let Ok(value) = HeaderValue::from_bytes(&bytes) {
                headers.append(WWW_AUTHENTICATE, value);
            }
            let _ = Challenge::in_headers(&headers);
        }

        #[test]
        fn no_text_like_a_challenge_makes_the_parser_panic(
            text in r#"(Bearer|a|=|"|\\| |,|\t|é){0,30}"#,
        ) {
            let _ = Challenge::parse(&text);
        }

        #[test]
        fn every_written_challenge_is_parsed(challenges in proptest::collection::vec(challenge(), 1..4)) {
            let texts: Vec<_> = challenges.iter().map(written).collect();
            prop_assert_eq!(Challenge::parse(&texts.join(", ")), challenges);
        }
    }

    #[test]
    fn parameters_separated_by_commas_without_spaces_are_parsed() {
        let challenges = Challenge::parse(
            r#"Bearer error="request_unauthorized",error_description="The request could not be authorized. Check that you provided valid credentials in the right format.""#,
        );
        assert_eq!(challenges.len(), 1);
        assert_eq!(challenges[0].error(), Some("request_unauthorized"));
        assert!(
            challenges[0]
                .error_description()
                .unwrap_or_default()
                .ends_with("right format.")
        );
    }

    #[test]
    fn schemes_and_parameter_names_compare_case_insensitively() {
        let challenges = Challenge::parse(r#"bEARER ERROR="invalid_token""#);
        assert!(challenges[0].is_bearer());
        assert_eq!(challenges[0].error(), Some("invalid_token"));
    }

    #[test]
    fn quoted_pairs_are_decoded() {
        let challenges = Challenge::parse(r#"Bearer realm="a \"b\" \\ c""#);
        assert_eq!(challenges[0].realm(), Some(r#"a "b" \ c"#));
    }

    #[test]
    fn challenges_in_one_value_and_in_repeated_headers_are_parsed() {
        let mut headers = HeaderMap::new();
        headers.append(
            WWW_AUTHENTICATE,
            HeaderValue::from_static(
                r#"Basic realm="x", Bearer error="invalid_token", scope="a b""#,
            ),
        );
        headers.append(
            WWW_AUTHENTICATE,
            HeaderValue::from_static("DPoP algs=\"ES256\""),
        );
        let challenges = Challenge::in_headers(&headers);
        let schemes: Vec<_> = challenges.iter().map(Challenge::scheme).collect();
        assert_eq!(schemes, ["Basic", "Bearer", "DPoP"]);
        assert_eq!(challenges[1].scope(), Some("a b"));
    }

    #[test]
    fn challenge_without_an_error_has_no_error_code() {
        assert_eq!(Challenge::parse(r#"Bearer realm="x""#)[0].error(), None);
        assert_eq!(
            Challenge::parse("Bearer")
                .first()
                .and_then(Challenge::error),
            None
        );
    }

    #[test]
    fn malformed_header_gives_no_challenges() {
        for broken in [
            "",
            ",",
            "Bearer error=\"open",
            "Bearer =x",
            "\u{7f}",
            "Bearer a=b=c",
        ] {
            assert_eq!(Challenge::parse(broken), [], "{broken:?}");
        }
    }
}
