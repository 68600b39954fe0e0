//! What a server does when it is asked to end a session.

use super::{LogoutRefusal, QueryError};
use reqwest::StatusCode;
use std::fmt;
use url::{Position, Url};

/// The endpoint, below whatever base URL.
pub(super) const PATH: &str = "/oauth2/sessions/logout";

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
    /// The browser is sent elsewhere than was asked for: to a step of the server's own, say, or to
    /// the address that the server has moved to. Nothing tells that anybody is logged out.
    Redirected(Url),
    /// A page that the browser must show: its iframes log the user out of other apps
    /// (OpenID Connect Front-Channel Logout), or it asks the user.
    Page(String),
    /// The server refuses, says why, and sends the browser to an error page.
    Refused(LogoutRefusal),
}

impl EndSessionOutcome {
    /// What a redirect means, with the address that was asked for.
    pub(super) fn of_redirect(
        status: StatusCode,
        url: Url,
        asked: Option<&str>,
    ) -> Result<Self, QueryError> {
        let app = asked.and_then(|asked| Url::parse(asked).ok());
        let app = app.filter(|app| bare(app) == bare(&url));
        // What the app wrote into its own address is not the server's word.
        let says = |name| has(&url, name) && !app.as_ref().is_some_and(|app| has(app, name));
        if says("error")
            && let Some(refusal) = LogoutRefusal::in_query(&url[Position::AfterPath..])?
        {
            return Ok(Self::Refused(refusal));
        }
        if says("logout_challenge") {
            return Ok(Self::LoginApp(url));
        }
        // With these the server says that it has moved, or moved for now (RFC 9110 §15.4). A
        // proxy, a custom domain or a hop to https may say the same with another status.
        let moved = matches!(status.as_u16(), 301 | 307 | 308)
            || url.path().trim_end_matches('/').ends_with(PATH);
        // An `error` without a value says nothing, but not that all is well either.
        let unclear = moved || says("error");
        Ok(match (app, asked) {
            (Some(_), _) => Self::LoggedOut(url),
            (None, None) if !unclear => Self::LoggedOut(url),
            _ => Self::Redirected(url),
        })
    }
}

fn has(url: &Url, name: &str) -> bool {
    url.query_pairs().any(|(known, _)| known == name)
}

impl fmt::Debug for EndSessionOutcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::LoginApp(url) => f.debug_tuple("LoginApp").field(&bare(url)).finish(),
            Self::Redirected(url) => f.debug_tuple("Redirected").field(&bare(url)).finish(),
            Self::LoggedOut(url) => f.debug_tuple("LoggedOut").field(&bare(url)).finish(),
            Self::Page(page) => write!(f, "Page({} bytes)", page.len()),
            Self::Refused(refusal) => f.debug_tuple("Refused").field(refusal).finish(),
        }
    }
}

/// A URL without all that can hold a secret: query, fragment, user name and password.
pub(super) fn bare(url: &Url) -> String {
    let host = url.host_str().map(|host| match url.port() {
        Some(port) => format!("//{host}:{port}"),
        None => format!("//{host}"),
    });
    // An app's own scheme has no origin that could be written instead.
    let scheme = url.scheme();
    format!("{scheme}:{}{}", host.unwrap_or_default(), url.path())
}
