//! The `WWW-Authenticate` header (RFC 9110 §11.6.1, RFC 6750 §3).

use crate::text::{ENTRIES, clip};
use reqwest::header::{HeaderMap, WWW_AUTHENTICATE};
use std::fmt;

/// One challenge of a `WWW-Authenticate` header: what the server wants, and, for
/// `Bearer`, what was wrong with the token.
///
/// [`Debug`](fmt::Debug) shows some of its parameters, cut, and without control characters.
///
/// ```
/// # use ory_oidc::Challenge;
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
    /// The challenges in one value of the header; none when it breaks the grammar.
    #[must_use]
    pub fn parse(value: &str) -> Vec<Self> {
        let parsed: Result<Vec<_>, _> = http_auth::parser::ChallengeParser::new(value)
            .map(|challenge| challenge.map(|challenge| Self::from(&challenge)))
            .collect();
        parsed.unwrap_or_default()
    }

    /// The challenges in all values of the header, in their order.
    pub(crate) fn in_headers(headers: &HeaderMap) -> Vec<Self> {
        let values = headers.get_all(WWW_AUTHENTICATE).into_iter();
        values
            .filter_map(|value| value.to_str().ok())
            .flat_map(Self::parse)
            .collect()
    }

    /// The scheme as the server wrote it. Compare it without case.
    #[must_use]
    pub fn scheme(&self) -> &str {
        &self.scheme
    }

    /// Whether it asks for a bearer token (RFC 6750).
    #[must_use]
    pub fn is_bearer(&self) -> bool {
        self.scheme.eq_ignore_ascii_case("Bearer")
    }

    /// A parameter by its name, without case, with quoted pairs decoded.
    #[must_use]
    pub fn parameter(&self, name: &str) -> Option<&str> {
        let found = self
            .parameters
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    /// `error`: what was wrong (RFC 6750 §3.1). A challenge to a request without a
    /// token has none.
    #[must_use]
    pub fn error(&self) -> Option<&str> {
        self.parameter("error")
    }

    /// `error_description`, for developers (RFC 6750 §3).
    #[must_use]
    pub fn error_description(&self) -> Option<&str> {
        self.parameter("error_description")
    }

    /// `scope`: what the token must be good for (RFC 6750 §3).
    #[must_use]
    pub fn scope(&self) -> Option<&str> {
        self.parameter("scope")
    }

    /// `realm` (RFC 9110 §11.5).
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

impl From<&http_auth::ChallengeRef<'_>> for Challenge {
    fn from(challenge: &http_auth::ChallengeRef<'_>) -> Self {
        let parameters = challenge.params.iter();
        Self {
            scheme: challenge.scheme.to_owned(),
            parameters: parameters
                .map(|(name, value)| ((*name).to_owned(), value.to_unescaped()))
                .collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use reqwest::header::HeaderValue;

    /// What a name is made of (RFC 9110 §5.6.2).
    const TOKEN: &str = "[!#$%&'*+.^_`|~0-9A-Za-z-]{1,12}";

    /// A challenge whose values are anything that can stand in quotes.
    fn challenge() -> impl Strategy<Value = Challenge> {
        let parameters = proptest::collection::vec((TOKEN, "[\t -~]{0,20}"), 0..4);
        (TOKEN, parameters).prop_map(|(scheme, parameters)| Challenge { scheme, parameters })
    }

    /// A challenge as a server writes it, every value in quotes.
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
        fn nothing_that_looks_like_a_challenge_makes_the_parser_panic(
            text in r#"(Bearer|a|=|"|\\| |,|\t|é){0,30}"#,
        ) {
            let _ = Challenge::parse(&text);
        }

        #[test]
        fn what_was_written_is_parsed(challenges in proptest::collection::vec(challenge(), 1..4)) {
            let texts: Vec<_> = challenges.iter().map(written).collect();
            prop_assert_eq!(Challenge::parse(&texts.join(", ")), challenges);
        }
    }

    #[test]
    fn ory_separates_parameters_by_commas_without_spaces() {
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
    fn schemes_and_parameter_names_compare_without_case() {
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
    fn several_challenges_stand_in_one_value_and_in_repeated_headers() {
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
    fn a_challenge_without_error_is_no_error_code() {
        assert_eq!(Challenge::parse(r#"Bearer realm="x""#)[0].error(), None);
        assert_eq!(
            Challenge::parse("Bearer")
                .first()
                .and_then(Challenge::error),
            None
        );
    }

    #[test]
    fn a_header_that_breaks_the_grammar_gives_no_challenges() {
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
