//! Receives the logout of the provider's iframe (OpenID Connect Front-Channel Logout 1.0 §2).

use super::query::{self, QueryError};
use crate::discovery::issuer::Issuer;
use ory_oidc_core::error::{Error, ValidationError};
use ory_oidc_core::secret::constant_time_eq;
use ory_oidc_core::text::clip;
use std::fmt;

/// A logout request of the provider's iframe (OpenID Connect Front-Channel Logout §2). The browser
/// sends it, and nothing is signed: use it only to end a session.
///
/// [`Debug`](fmt::Debug) does not show the session.
///
/// ```
/// let ory = ory_oidc::Client::new("http://localhost:4444")?;
/// let logout = ory.front_channel_logout("iss=http%3A%2F%2Flocalhost%3A4444&sid=s1")?;
/// assert_eq!(logout.issuer(), Some(ory.issuer()));
/// assert_eq!(logout.sid(), Some("s1"));
/// assert!(logout.names_session("s1"));
/// # Ok::<(), ory_oidc::Error>(())
/// ```
#[derive(Clone)]
#[must_use = "reading the request does not end the session"]
pub struct FrontChannelLogout {
    session: Option<Session>,
}

#[derive(Clone)]
struct Session {
    issuer: String,
    sid: String,
}

impl FrontChannelLogout {
    /// Reads a query of the issuer's iframe.
    pub(crate) fn from_query(
        query: &str,
        own_issuer: &Issuer,
    ) -> Result<Self, FrontChannelLogoutError> {
        let [issuer, sid] =
            query::parameters(query, ["iss", "sid"]).map_err(FrontChannelLogoutError::Query)?;
        let missing = |missing| Err(FrontChannelLogoutError::Incomplete { missing });
        let session = match (issuer, sid) {
            (None, None) => None,
            (Some(_), None) => return missing("sid"),
            (None, Some(_)) => return missing("iss"),
            (Some(found), Some(_)) if !own_issuer.matches(&found) => {
                let (expected, found) = (own_issuer.as_str().to_owned(), clip(&found));
                return Err(FrontChannelLogoutError::ForeignIssuer { expected, found });
            }
            (Some(issuer), Some(sid)) => Some(Session { issuer, sid }),
        };
        Ok(Self { session })
    }

    /// Returns `iss`, the issuer of this client's provider; [`None`] if the query names no session.
    #[must_use]
    pub fn issuer(&self) -> Option<&str> {
        self.session.as_ref().map(|session| session.issuer.as_str())
    }

    /// Returns `sid`, the session that ends, as in its ID token. [`None`] means the session of this
    /// browser.
    #[must_use]
    pub fn sid(&self) -> Option<&str> {
        self.session.as_ref().map(|session| session.sid.as_str())
    }

    /// Whether the request names the session with this `sid`, in constant time.
    #[must_use]
    pub fn names_session(&self, sid: &str) -> bool {
        self.sid().is_some_and(|named| constant_time_eq(named, sid))
    }

    /// Requires that the request names a session: for apps that registered
    /// `frontchannel_logout_session_required`. Otherwise any page can log a browser out of the app by
    /// an iframe.
    ///
    /// ```
    /// # let ory = ory_oidc::Client::new("http://localhost:4444")?;
    /// let logout = ory.front_channel_logout("")?; // "end the session of this browser"
    /// assert_eq!(logout.sid(), None);
    /// assert!(logout.require_session().is_err());
    /// # Ok::<(), ory_oidc::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`FrontChannelLogoutError::SessionRequired`].
    pub fn require_session(self) -> Result<Self, Error> {
        match self.session {
            Some(_) => Ok(self),
            None => Err(FrontChannelLogoutError::SessionRequired.into()),
        }
    }
}

impl fmt::Debug for FrontChannelLogout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = self.session.as_ref().map(|session| &session.issuer);
        f.debug_struct("FrontChannelLogout")
            .field("issuer", &shown)
            .finish_non_exhaustive()
    }
}

/// A front-channel logout does not come from this client's provider.
///
/// ```
/// use ory_oidc::logout::FrontChannelLogoutError;
///
/// let ory = ory_oidc::Client::new("http://localhost:4444")?;
/// let error = ory.front_channel_logout("sid=s1").unwrap_err();
/// let missing = FrontChannelLogoutError::Incomplete { missing: "iss" };
/// assert_eq!(error.validation(), Some(&missing));
/// # Ok::<(), ory_oidc::Error>(())
/// ```
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum FrontChannelLogoutError {
    /// The query is invalid.
    Query(QueryError),
    /// Only one of `iss` and `sid` is present: both or none must be.
    Incomplete {
        /// The missing parameter.
        missing: &'static str,
    },
    /// `iss` is not [`Client::issuer`](crate::Client::issuer).
    ForeignIssuer {
        /// The issuer of this client's provider.
        expected: String,
        /// The issuer in the query, shortened.
        found: String,
    },
    /// The request names no session, and the app requires one.
    SessionRequired,
}

impl fmt::Display for FrontChannelLogoutError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("front-channel logout: ")?;
        match self {
            Self::Query(error) => error.fmt(f),
            Self::Incomplete { missing } => write!(f, "{missing} is missing"),
            Self::ForeignIssuer { expected, found } => write!(
                f,
                "the issuer is {found:?}, expected {expected:?}; if it is the right provider, set \
                 ClientBuilder::issuer",
            ),
            Self::SessionRequired => {
                f.write_str("no session is named; register frontchannel_logout_session_required")
            }
        }
    }
}

impl std::error::Error for FrontChannelLogoutError {}

impl ValidationError for FrontChannelLogoutError {}
