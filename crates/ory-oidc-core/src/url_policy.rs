//! Decides which URLs may receive tokens and users.

use std::fmt;
use url::{Host, Origin, Url};

/// The rule for URLs that receive tokens or users: `https`, or `http` on this machine.
///
/// Host names are compared in their ASCII form (IDNA), as [`Url`] normalizes them.
///
/// ```
/// use ory_oidc_core::url_policy::{UrlPolicy, UrlProblem};
///
/// let policy = UrlPolicy::new();
/// assert!(policy.parse("https://id.example").is_ok());
/// assert_eq!(policy.parse("http://id.example"), Err(UrlProblem::InsecureHttp));
/// assert!(policy.allow_insecure_http(true).parse("http://id.example").is_ok());
/// ```
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[must_use]
pub struct UrlPolicy {
    allow_insecure_http: bool,
}

impl UrlPolicy {
    /// Permits `https`, and `http` to a loopback address.
    pub fn new() -> Self {
        Self::default()
    }

    /// Permits plain `http` to every host.
    pub fn allow_insecure_http(mut self, allow: bool) -> Self {
        self.allow_insecure_http = allow;
        self
    }

    /// Whether the URL may receive tokens and users.
    #[must_use]
    pub fn permits(self, url: &Url) -> bool {
        match url.scheme() {
            "https" => true,
            "http" => self.allow_insecure_http || is_loopback(url),
            _ => false,
        }
    }

    /// Parses the URL of a server: a permitted one without query, fragment and credentials.
    ///
    /// # Errors
    /// [`UrlProblem`], which never quotes the URL.
    pub fn parse(self, text: &str) -> Result<Url, UrlProblem> {
        let url = Url::parse(text).map_err(|_| UrlProblem::NotAbsolute)?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(UrlProblem::Scheme);
        }
        if !self.permits(&url) {
            return Err(UrlProblem::InsecureHttp);
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(UrlProblem::QueryOrFragment);
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(UrlProblem::Credentials);
        }
        Ok(url)
    }

    /// Parses an origin, such as `https://id.example` or `https://id.example:8443`.
    ///
    /// # Errors
    /// [`UrlProblem`], as for [`parse`](Self::parse), and [`UrlProblem::Path`].
    pub fn parse_origin(self, text: &str) -> Result<Origin, UrlProblem> {
        let url = self.parse(text)?;
        if url.path() == "/" {
            Ok(url.origin())
        } else {
            Err(UrlProblem::Path)
        }
    }
}

/// Whether a URL stays on this machine (RFC 6761 §6.3 for `localhost`).
#[must_use]
pub fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        // Not `*.localhost`, which some resolvers look up in DNS.
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}

/// Returns the ASCII origin of an `http` or `https` URL, such as `https://id.example:8443`.
///
/// ```
/// use ory_oidc_core::url_policy::web_origin;
///
/// assert_eq!(web_origin("HTTPS://bücher.example:443/x").as_deref(), Some("https://xn--bcher-kva.example"));
/// assert_eq!(web_origin("mailto:a@b.example"), None);
/// ```
#[must_use]
pub fn web_origin(url: &str) -> Option<String> {
    let url = Url::parse(url).ok()?;
    let web = matches!(url.scheme(), "http" | "https");
    web.then(|| url.origin().ascii_serialization())
}

/// The reason why a URL is not accepted.
///
/// ```
/// use ory_oidc_core::url_policy::UrlProblem;
///
/// assert_eq!(UrlProblem::Scheme.to_string(), "expected an https URL");
/// ```
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum UrlProblem {
    /// The text is not an absolute URL.
    NotAbsolute,
    /// The scheme is neither `http` nor `https`.
    Scheme,
    /// The URL is plain `http` to another machine, which would send tokens in the clear.
    InsecureHttp,
    /// The URL has a query or a fragment.
    QueryOrFragment,
    /// The URL has a user name or a password.
    Credentials,
    /// An origin has a path.
    Path,
}

impl fmt::Display for UrlProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotAbsolute => "expected an absolute URL such as https://host",
            Self::Scheme => "expected an https URL",
            Self::InsecureHttp => {
                "plain http to another machine sends tokens in the clear; use https or \
                 allow_insecure_http"
            }
            Self::QueryOrFragment => "a query or fragment is not allowed",
            Self::Credentials => "a user name or password is not allowed",
            Self::Path => "expected https://host[:port]",
        })
    }
}

impl std::error::Error for UrlProblem {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn http_is_permitted_on_this_machine_only() {
        let policy = UrlPolicy::new();
        for text in [
            "https://id.example",
            "http://127.0.0.1:4444",
            "http://127.1.2.3",
            "http://[::1]:4444/tenant",
            "http://localhost:4444",
        ] {
            assert!(policy.parse(text).is_ok(), "{text}");
        }
        for text in [
            "http://id.example",
            "http://128.0.0.1",
            "http://[::2]",
            "http://localhost.example",
            "http://notlocalhost",
            "http://auth.localhost",
            "http://localhost.",
        ] {
            assert_eq!(policy.parse(text), Err(UrlProblem::InsecureHttp), "{text}");
            assert!(policy.allow_insecure_http(true).parse(text).is_ok());
        }
    }

    #[test]
    fn invalid_server_url_is_refused_with_its_reason() {
        for (text, problem) in [
            ("", UrlProblem::NotAbsolute),
            ("id.example", UrlProblem::NotAbsolute),
            ("ftp://id.example", UrlProblem::Scheme),
            ("https://id.example/?a=b", UrlProblem::QueryOrFragment),
            ("https://id.example/#a", UrlProblem::QueryOrFragment),
            ("https://user@id.example", UrlProblem::Credentials),
            ("https://:secret@id.example", UrlProblem::Credentials),
        ] {
            assert_eq!(UrlPolicy::new().parse(text), Err(problem), "{text}");
        }
    }

    #[test]
    fn origin_must_not_have_a_path() {
        let policy = UrlPolicy::new();
        for text in ["https://id.example", "https://id.example:8443/"] {
            assert!(policy.parse_origin(text).is_ok(), "{text}");
        }
        assert_eq!(
            policy.parse_origin("https://id.example/tenant"),
            Err(UrlProblem::Path)
        );
    }

    #[test]
    fn origins_compare_in_their_ascii_form() {
        for (one, other) in [
            (
                "https://BÜCHER.example/a",
                "https://xn--bcher-kva.example:443",
            ),
            ("http://id.example:80", "http://id.example/x?y"),
        ] {
            assert_eq!(web_origin(one), web_origin(other), "{one}");
        }
        assert_ne!(
            web_origin("http://id.example"),
            web_origin("https://id.example")
        );
    }
}
