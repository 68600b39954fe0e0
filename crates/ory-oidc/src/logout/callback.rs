//! Checks the browser's return from a logout.

use super::query::{self, QueryError};
use super::refusal::LogoutRefusal;
use super::state::LogoutState;
use ory_oidc_core::error::ValidationError;
use std::fmt;

/// The browser's return to the post-logout redirect URI (OpenID Connect RP-Initiated Logout §3), or
/// to Ory's error page.
///
/// Any page can send a browser there with any query, so use it only after [`check`](Self::check).
///
/// ```
/// use ory_oidc::logout::{LogoutCallback, LogoutCallbackError, LogoutState};
///
/// let sent = LogoutState::new("xyz"); // taken out of the session
/// match LogoutCallback::from_query("?state=xyz")?.check(&sent) {
///     Ok(()) => println!("bye"),
///     Err(LogoutCallbackError::Refused(refusal)) => println!("Ory refuses: {refusal}"),
///     Err(error) => println!("this is not the response to our request: {error}"),
/// }
/// # Ok::<(), ory_oidc::Error>(())
/// ```
#[derive(Clone, Debug)]
#[must_use = "a callback must be checked"]
pub struct LogoutCallback {
    state: Option<LogoutState>,
    refusal: Option<LogoutRefusal>,
}

impl LogoutCallback {
    /// Reads a query, with or without `?`, a request target, or a URL. Parameters that are not Ory's
    /// are ignored.
    ///
    /// # Errors
    /// [`LogoutCallbackError::Query`] if the query is larger than 16 KiB or repeats one of Ory's
    /// parameters.
    pub fn from_query(query: &str) -> Result<Self, LogoutCallbackError> {
        let refusal = LogoutRefusal::in_query(query).map_err(LogoutCallbackError::Query)?;
        let state = query::parameters(query, ["state"]);
        let [state] = state.map_err(LogoutCallbackError::Query)?;
        Ok(Self {
            state: state.map(LogoutState::from),
            refusal,
        })
    }

    /// Checks that this is the response to the logout with that state, and that it succeeded: the
    /// user is logged out, or was not logged in. Pass [`None`] if no state was sent.
    ///
    /// Remove the state from the session first, so that it is used only once.
    ///
    /// # Errors
    /// [`LogoutCallbackError`]. A refusal may lack the state, because Ory does not send it to the
    /// error page. Anybody can forge such a refusal: show it, and do nothing else.
    pub fn check<'a>(
        self,
        sent: impl Into<Option<&'a LogoutState>>,
    ) -> Result<(), LogoutCallbackError> {
        let sent = sent.into();
        match (sent, &self.state) {
            // Compared in constant time.
            (Some(sent), Some(returned)) if sent != returned => {
                return Err(LogoutCallbackError::StateMismatch);
            }
            (None, Some(_)) => return Err(LogoutCallbackError::StateUnexpected),
            _ => {}
        }
        match self.refusal {
            Some(refusal) => Err(LogoutCallbackError::Refused(refusal)),
            None if sent.is_some() && self.state.is_none() => {
                Err(LogoutCallbackError::StateMissing)
            }
            None => Ok(()),
        }
    }
}

/// The browser's return does not confirm the logout.
///
/// ```
/// use ory_oidc::logout::{LogoutCallback, LogoutCallbackError};
///
/// let callback = LogoutCallback::from_query("?state=xyz")?;
/// assert_eq!(callback.check(None), Err(LogoutCallbackError::StateUnexpected));
/// # Ok::<(), LogoutCallbackError>(())
/// ```
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum LogoutCallbackError {
    /// The query is invalid.
    Query(QueryError),
    /// The server does not log the user out, and explains why.
    Refused(LogoutRefusal),
    /// A state was sent and none came back. Ory returns it only to the post-logout redirect URI, so
    /// the request must name one.
    StateMissing,
    /// Another state came back: this is the response to another request, or a forged one.
    StateMismatch,
    /// No state was sent, but one came back.
    StateUnexpected,
}

impl fmt::Display for LogoutCallbackError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("logout callback: ")?;
        match self {
            Self::Query(error) => error.fmt(f),
            Self::Refused(refusal) => write!(f, "the server refused: {refusal}"),
            Self::StateMissing => f.write_str("the state is missing"),
            Self::StateMismatch => f.write_str("the state is not the one that was sent"),
            Self::StateUnexpected => f.write_str("unexpected state: none was sent"),
        }
    }
}

impl std::error::Error for LogoutCallbackError {}

impl ValidationError for LogoutCallbackError {}
