//! A logout token of the provider (OpenID Connect Back-Channel Logout 1.0).

use crate::token::claims::Claims;
use crate::token::error::TokenProblem;
use ory_oidc_core::text::Clip;
use serde_json::Value;
use std::fmt;
use std::time::{Duration, SystemTime};

/// The event of a logout token (§2.4).
const EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";

/// The maximum age of a logout token. Ory's tokens have no `exp`; the standard recommends at most two
/// minutes for it (§2.4).
pub(crate) const MAX_AGE: Duration = Duration::from_secs(120);

/// Claims of ID tokens (`nonce` is forbidden by §2.4) and of access tokens.
const OTHER_KINDS: &[&str] = &[
    "nonce",
    "at_hash",
    "c_hash",
    "s_hash",
    "client_id",
    "scp",
    "scope",
];

/// A verified logout token: a user was logged out at the provider. End the sessions that it names.
///
/// [`Debug`](fmt::Debug) does not show the user.
///
/// ```
/// fn report(logout: &ory_oidc::logout::LogoutToken) {
///     match (logout.sid(), logout.sub()) {
///         (Some(sid), _) => println!("the session {sid} ended"),
///         (None, sub) => println!("all sessions of {sub:?} ended"),
///     }
///     println!("{} reports it, with the token {}", logout.issuer(), logout.jti());
/// }
/// ```
#[derive(Clone, Eq, PartialEq)]
pub struct LogoutToken {
    issuer: String,
    jti: String,
    sub: Option<String>,
    sid: Option<String>,
}

impl LogoutToken {
    /// Returns `iss`, the provider.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// Returns `jti`, the id of the token.
    #[must_use]
    pub fn jti(&self) -> &str {
        &self.jti
    }

    /// Returns `sub`, the user. Without a `sid`, all of the user's sessions ended.
    #[must_use]
    pub fn sub(&self) -> Option<&str> {
        self.sub.as_deref()
    }

    /// Returns `sid`, the session, as in its ID token. Ory sends only this; others send it if the
    /// client registered `backchannel_logout_session_required`.
    #[must_use]
    pub fn sid(&self) -> Option<&str> {
        self.sid.as_deref()
    }

    /// Whether a session of the app ended, given its user and the `sid` of its ID token. Without a
    /// `sid` in the logout token, every session of the user ended.
    ///
    /// ```no_run
    /// # fn example(logout: &ory_oidc::logout::LogoutToken, sessions: &mut Vec<(String, Option<String>)>) {
    /// sessions.retain(|(sub, sid)| !logout.ends(sub, sid.as_deref()));
    /// # }
    /// ```
    #[must_use]
    pub fn ends(&self, sub: &str, sid: Option<&str>) -> bool {
        self.sub.as_deref().is_none_or(|named| named == sub)
            && self.sid.as_deref().is_none_or(|named| Some(named) == sid)
    }

    /// Checks the claims of a token whose signature, issuer, audience and times are valid (§2.6).
    pub(crate) fn check(
        claims: &Claims,
        now: SystemTime,
        leeway: Duration,
    ) -> Result<Self, TokenProblem> {
        let missing = |name| TokenProblem::ClaimMissing(name);
        claims.check_age(now, MAX_AGE + leeway)?;
        let events = claims.get("events").ok_or(TokenProblem::NoLogoutEvent)?;
        if !events.get(EVENT).is_some_and(Value::is_object) {
            return Err(TokenProblem::NoLogoutEvent);
        }
        claims.forbid(OTHER_KINDS)?;
        let owned = |name| Ok::<_, TokenProblem>(claims.text(name)?.map(str::to_owned));
        let (sub, sid) = (owned("sub")?, owned("sid")?);
        if sub.is_none() && sid.is_none() {
            return Err(missing("sub or sid"));
        }
        Ok(Self {
            issuer: owned("iss")?.ok_or(missing("iss"))?,
            jti: owned("jti")?.ok_or(missing("jti"))?,
            sub,
            sid,
        })
    }
}

impl fmt::Debug for LogoutToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LogoutToken")
            .field("issuer", &self.issuer)
            .field("jti", &Clip(&self.jti))
            .finish_non_exhaustive()
    }
}
