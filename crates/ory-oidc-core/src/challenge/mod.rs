//! The `WWW-Authenticate` header (RFC 9110 §11.6.1, RFC 6750 §3).

mod grammar;

use crate::text::{ENTRIES, clip};
use grammar::{Argument, Element};
use reqwest::header::{HeaderMap, WWW_AUTHENTICATE};
use std::borrow::Cow;
use std::fmt;

/// One challenge of a `WWW-Authenticate` header: the scheme that the server expects and, for
/// `Bearer`, the problem with the token. It has either parameters or one value in the form `token68`,
/// as `Negotiate` sends it.
///
/// [`Debug`](fmt::Debug) shows a few parameters, shortened and without control characters. It does
/// not show a `token68`, which can be a credential.
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
    token68: Option<String>,
    parameters: Vec<(String, String)>,
}

impl Challenge {
    /// Parses one value of the header. A challenge that breaks the grammar is left out; the others
    /// are returned.
    #[must_use]
    pub fn parse(value: &str) -> Vec<Self> {
        let mut list = List::default();
        list.read(value);
        list.challenges
    }

    /// Returns the challenges of all `WWW-Authenticate` headers, in order. Several headers form one
    /// list (RFC 9110 §5.3). A value that is not UTF-8 is read as ISO 8859-1.
    #[must_use]
    pub fn in_headers(headers: &HeaderMap) -> Vec<Self> {
        let mut list = List::default();
        for value in headers.get_all(WWW_AUTHENTICATE) {
            let value = value.as_bytes();
            let text = std::str::from_utf8(value).map(Cow::Borrowed);
            let text = text.unwrap_or_else(|_| value.iter().copied().map(char::from).collect());
            list.read(&text);
        }
        list.challenges
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

    /// Returns the value of a challenge that has no parameters, such as the token of `Negotiate`
    /// (RFC 9110 §11.2).
    #[must_use]
    pub fn token68(&self) -> Option<&str> {
        self.token68.as_deref()
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
            .field("has_token68", &self.token68.is_some())
            .field("parameters", &parameters.collect::<Vec<_>>())
            .finish()
    }
}

/// The list of challenges that is being read.
#[derive(Default)]
struct List {
    challenges: Vec<Challenge>,
    /// Whether a parameter belongs to the last challenge.
    is_open: bool,
}

impl List {
    /// Reads one value of the header, which continues the list.
    fn read(&mut self, mut value: &str) {
        while let Some((element, rest)) = grammar::element(value) {
            value = rest;
            match element {
                Element::Scheme(scheme, argument) => {
                    let mut challenge = Challenge {
                        scheme: scheme.to_owned(),
                        token68: None,
                        parameters: Vec::new(),
                    };
                    // A `token68` stands alone.
                    self.is_open = !matches!(argument, Argument::Token68(_));
                    match argument {
                        Argument::None => {}
                        Argument::Token68(token) => challenge.token68 = Some(token.to_owned()),
                        Argument::Parameter((name, value)) => {
                            challenge.parameters.push((name.to_owned(), value));
                        }
                    }
                    self.challenges.push(challenge);
                }
                Element::Parameter((name, value)) if self.is_open => {
                    if let Some(challenge) = self.challenges.last_mut() {
                        challenge.parameters.push((name.to_owned(), value));
                    }
                }
                Element::BrokenParameter if self.is_open => {
                    self.challenges.pop();
                    self.is_open = false;
                }
                // Parameters after it may belong to what could not be read.
                _ => self.is_open = false,
            }
        }
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
        (TOKEN, parameters).prop_map(|(scheme, parameters)| Challenge {
            scheme,
            token68: None,
            parameters,
        })
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

    /// Returns the schemes, each with its `token68` or its `error`.
    fn summary(challenges: &[Challenge]) -> Vec<(&str, Option<&str>)> {
        let summary = challenges.iter().map(|challenge| {
            let value = challenge.token68().or(challenge.error());
            (challenge.scheme(), value)
        });
        summary.collect()
    }

    #[test]
    fn token68_and_parameters_are_told_apart() {
        for (value, expected) in [
            (
                r#"Negotiate YII=, Bearer error="insufficient_scope""#,
                &[
                    ("Negotiate", Some("YII=")),
                    ("Bearer", Some("insufficient_scope")),
                ][..],
            ),
            (
                r#"Bearer error="invalid_token", Negotiate, NTLM"#,
                &[
                    ("Bearer", Some("invalid_token")),
                    ("Negotiate", None),
                    ("NTLM", None),
                ],
            ),
            (
                "NTLM TlRMTVNTUAAC==,Negotiate a/b+c~d",
                &[
                    ("NTLM", Some("TlRMTVNTUAAC==")),
                    ("Negotiate", Some("a/b+c~d")),
                ],
            ),
            ("Bearer error=", &[("Bearer", Some("error="))]),
            ("Bearer error=x", &[("Bearer", Some("x"))]),
        ] {
            assert_eq!(summary(&Challenge::parse(value)), expected, "{value}");
        }
    }

    #[test]
    fn empty_elements_and_odd_blanks_are_skipped() {
        for value in [
            r#", ,Bearer error="invalid_token","#,
            r#"Bearer ,, realm="x" , ,error="invalid_token" "#,
            "Bearer\terror =\t\"invalid_token\"\t,",
            "bearer   ErRoR= invalid_token",
        ] {
            let challenges = Challenge::parse(value);
            assert_eq!(challenges.len(), 1, "{value}");
            assert!(challenges[0].is_bearer(), "{value}");
            assert_eq!(challenges[0].error(), Some("invalid_token"), "{value}");
        }
    }

    #[test]
    fn malformed_challenge_does_not_cost_the_others() {
        for (value, expected) in [
            (
                r#"Basic realm=a b, Bearer error="e""#,
                &[("Bearer", Some("e"))][..],
            ),
            (
                r#"Bearer error="e", Digest a=b=c"#,
                &[("Bearer", Some("e"))],
            ),
            (
                r#"Bearer error="e", Digest qop="x"y, NTLM"#,
                &[("Bearer", Some("e")), ("NTLM", None)],
            ),
            (
                r#"Bearer error="e", @@@, NTLM"#,
                &[("Bearer", Some("e")), ("NTLM", None)],
            ),
            (
                r#"Bearer error="e", Basic realm="open"#,
                &[("Bearer", Some("e"))],
            ),
            (
                r#"realm="whose", Bearer error="e""#,
                &[("Bearer", Some("e"))],
            ),
            // The parameters of what cannot be read do not belong to the challenge before it.
            (r#"Bearer, Digest a;b, error="e""#, &[("Bearer", None)]),
            (
                r#"Negotiate YII=, error="e""#,
                &[("Negotiate", Some("YII="))],
            ),
        ] {
            assert_eq!(summary(&Challenge::parse(value)), expected, "{value}");
        }
    }

    #[test]
    fn several_headers_form_one_list() {
        let in_headers = |values: &[&[u8]]| {
            let mut headers = HeaderMap::new();
            for value in values {
                let value = HeaderValue::from_bytes(value).expect("the value is valid");
                headers.append(WWW_AUTHENTICATE, value);
            }
            Challenge::in_headers(&headers)
        };
        let challenges = in_headers(&[b"Bearer realm=\"x\"", b"error=\"e\", NTLM"]);
        assert_eq!(
            summary(&challenges),
            [("Bearer", Some("e")), ("NTLM", None)]
        );
        // A header that breaks off does not cost the next one.
        let challenges = in_headers(&[b"Basic realm=\"open", b"Bearer error=\"e\""]);
        assert_eq!(summary(&challenges), [("Bearer", Some("e"))]);
        for (realm, expected) in [
            (&b"Bearer realm=\"caf\xc3\xa9\", error=e"[..], "caf\u{e9}"),
            (b"Bearer realm=\"caf\xe9\", error=e", "caf\u{e9}"),
        ] {
            let challenges = in_headers(&[realm]);
            assert_eq!(challenges[0].realm(), Some(expected));
            assert_eq!(challenges[0].error(), Some("e"));
        }
    }

    #[test]
    fn token68_is_not_shown() {
        let challenges = Challenge::parse("Negotiate c2VjcmV0");
        assert!(!format!("{challenges:?}").contains("c2VjcmV0"));
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
            "Bearer a=\"b\" c=\"d\"",
        ] {
            assert_eq!(Challenge::parse(broken), [], "{broken:?}");
        }
    }
}
