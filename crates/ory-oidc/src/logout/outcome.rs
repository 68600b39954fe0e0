//! The outcome of a logout request.

use super::query::QueryError;
use super::refusal::LogoutRefusal;
use ory_oidc_core::text::clip;
use ory_oidc_gen::apis::oidc_api::REVOKE_OIDC_SESSION;
use reqwest::StatusCode;
use std::fmt;
use url::{Position, Url};

/// The outcome of a logout request.
///
/// [`Debug`](fmt::Debug) shows no query, since it can hold a challenge.
///
/// ```no_run
/// use ory_oidc::logout::EndSessionOutcome;
///
/// # async fn example(ory: ory_oidc::Client) -> Result<(), ory_oidc::Error> {
/// match ory.logout_probe(&ory.end_session(None)).await? {
///     EndSessionOutcome::LoginApp(_) => println!("the login app asks the user"),
///     EndSessionOutcome::Refused(refusal) => println!("Ory refuses: {refusal}"),
///     outcome => println!("{outcome:?}"),
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Eq, PartialEq)]
#[non_exhaustive]
#[must_use = "not every outcome means that the user is logged out"]
pub enum EndSessionOutcome {
    /// The server sends the browser to the login app, at this URL, to ask the user. The user is not
    /// logged out yet.
    LoginApp(Url),
    /// The user is logged out, or was not logged in. The server sends the browser to this URL.
    LoggedOut(Url),
    /// The server sends the browser elsewhere, for example to another step or to its new address.
    /// This does not mean that the user is logged out.
    Redirected(Url),
    /// The server returns a page that the browser must show: its iframes log the user out of other
    /// apps (OpenID Connect Front-Channel Logout), or it asks the user.
    Page(String),
    /// The server does not log the user out, and sends the browser to an error page.
    Refused(LogoutRefusal),
}

impl EndSessionOutcome {
    /// Interprets a redirect. `asked` is the post-logout redirect URI of the request.
    pub(crate) fn of_redirect(
        status: StatusCode,
        url: Url,
        asked: Option<&str>,
    ) -> Result<Self, QueryError> {
        // Parsed only where it matters.
        let app = || {
            let app = asked.and_then(|asked| Url::parse(asked).ok());
            app.filter(|app| is_same_place(app, &url))
        };
        // A parameter of the app's own URI does not come from the server.
        let has_query = asked.is_some_and(|asked| asked.contains('?'));
        let own = |name| has_query && app().is_some_and(|app| has(&app, name));
        let says = |name| has(&url, name) && !own(name);
        if says("error")
            && let Some(refusal) = LogoutRefusal::in_query(&url[Position::AfterPath..])?
        {
            return Ok(Self::Refused(refusal));
        }
        if says("logout_challenge") {
            return Ok(Self::LoginApp(url));
        }
        // These statuses mean that the server has moved (RFC 9110 §15.4). A proxy, a custom domain or
        // a redirect to https may use another status.
        let moved = matches!(status.as_u16(), 301 | 307 | 308)
            || url
                .path()
                .trim_end_matches('/')
                .ends_with(REVOKE_OIDC_SESSION.path());
        // An `error` without a value does not mean success either.
        let unclear = moved || says("error");
        let is_logged_out = match asked {
            Some(_) => app().is_some(),
            None => !unclear,
        };
        Ok(if is_logged_out {
            Self::LoggedOut(url)
        } else {
            Self::Redirected(url)
        })
    }
}

/// Whether two URLs differ in query, fragment and credentials only.
fn is_same_place(one: &Url, other: &Url) -> bool {
    one.scheme() == other.scheme()
        && one.host_str() == other.host_str()
        && one.port() == other.port()
        && one.path() == other.path()
}

fn has(url: &Url, name: &str) -> bool {
    url.query_pairs().any(|(known, _)| known == name)
}

impl fmt::Debug for EndSessionOutcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::LoginApp(url) => write!(f, "LoginApp({:?})", clip(&bare(url))),
            Self::Redirected(url) => write!(f, "Redirected({:?})", clip(&bare(url))),
            Self::LoggedOut(url) => write!(f, "LoggedOut({:?})", clip(&bare(url))),
            Self::Page(page) => write!(f, "Page({} bytes)", page.len()),
            Self::Refused(refusal) => f.debug_tuple("Refused").field(refusal).finish(),
        }
    }
}

/// Returns a URL without the parts that can hold a secret: query, fragment and credentials.
pub(super) fn bare(url: &Url) -> String {
    let host = url.host_str().map(|host| match url.port() {
        Some(port) => format!("//{host}:{port}"),
        None => format!("//{host}"),
    });
    // The scheme of an app has no origin.
    let scheme = url.scheme();
    format!("{scheme}:{}{}", host.unwrap_or_default(), url.path())
}
