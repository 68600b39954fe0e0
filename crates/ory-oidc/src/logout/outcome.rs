//! What a server does when it is asked to end a session.

use crate::ErrorCode;
use std::fmt;
use url::Url;

/// What a server does when it is asked to end a session.
///
/// [`Debug`](fmt::Debug) shows no query: it can hold a challenge.
#[derive(Clone, Eq, PartialEq)]
#[non_exhaustive]
#[must_use = "only some of these mean that the user is logged out"]
pub enum EndSessionOutcome {
    /// The login app is to ask the user, at this URL. Nobody is logged out yet.
    LoginApp(Url),
    /// The user is logged out, or was not logged in, and goes to this URL.
    LoggedOut(Url),
    /// The browser is sent elsewhere than was asked for: to a step of the server's own, say.
    Redirected(Url),
    /// A page that the browser must show: its iframes log the user out of other apps
    /// (OpenID Connect Front-Channel Logout), or it asks the user.
    Page(String),
    /// The server refuses and sends the browser to an error page.
    Refused {
        /// `error`
        code: ErrorCode,
        /// `error_description`
        description: Option<String>,
    },
}

impl EndSessionOutcome {
    pub(super) fn of_redirect(url: Url, asked: Option<&str>) -> Self {
        let parameter = |name: &str| {
            url.query_pairs()
                .find(|(known, _)| known == name)
                .map(|(_, value)| value.into_owned())
        };
        if let Some(code) = parameter("error") {
            let description = parameter("error_description");
            return Self::Refused {
                code: ErrorCode::from(code),
                description,
            };
        }
        if parameter("logout_challenge").is_some() {
            return Self::LoginApp(url);
        }
        let asked = asked.and_then(|asked| Url::parse(asked).ok());
        match asked {
            Some(asked) if bare(&asked) != bare(&url) => Self::Redirected(url),
            _ => Self::LoggedOut(url),
        }
    }
}

impl fmt::Debug for EndSessionOutcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::LoginApp(url) => f.debug_tuple("LoginApp").field(&bare(url)).finish(),
            Self::Redirected(url) => f.debug_tuple("Redirected").field(&bare(url)).finish(),
            Self::LoggedOut(url) => f.debug_tuple("LoggedOut").field(&bare(url)).finish(),
            Self::Page(page) => write!(f, "Page({} bytes)", page.len()),
            Self::Refused { code, description } => f
                .debug_struct("Refused")
                .field("code", code)
                .field("description", description)
                .finish(),
        }
    }
}

/// A URL without all that can hold a secret.
pub(super) fn bare(url: &Url) -> String {
    format!("{}{}", url.origin().ascii_serialization(), url.path())
}
