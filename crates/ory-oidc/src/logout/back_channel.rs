//! Back-channel logout: the provider tells us that a user logged out (OpenID Connect Back-Channel
//! Logout 1.0).

mod replay;

pub use replay::{MemoryReplayGuard, ReplayGuard, TokenUse};

use crate::jwt::{Claims, seconds};
use crate::{Client, Error, RelyingParty, TokenError, TokenKind, TokenProblem};
use serde_json::Value;
use std::fmt;
use std::time::{Duration, SystemTime};

/// The event that a logout token is about (§2.4).
const EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";

/// How long a logout token may be on its way. Ory's have no `exp`; the standard recommends two
/// minutes at most for those that have one.
const LONGEST_WAY: Duration = Duration::from_secs(120);

/// That a user was logged out at the provider, verified: end the sessions that it names.
///
/// [`Debug`](fmt::Debug) does not show whose they are.
#[derive(Clone, Eq, PartialEq)]
pub struct LogoutToken {
    issuer: String,
    jti: String,
    sub: Option<String>,
    sid: Option<String>,
}

impl LogoutToken {
    /// `iss`: the provider.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// `jti`: the name of this token.
    #[must_use]
    pub fn jti(&self) -> &str {
        &self.jti
    }

    /// `sub`: who was logged out. Without a `sid`, of all sessions.
    #[must_use]
    pub fn sub(&self) -> Option<&str> {
        self.sub.as_deref()
    }

    /// `sid`: of which session, as the ID token of that session names it. Ory sends this alone;
    /// others send it if the client registered `backchannel_logout_session_required`.
    #[must_use]
    pub fn sid(&self) -> Option<&str> {
        self.sid.as_deref()
    }

    /// Whether a session of a user, with the `sid` that its ID token had, is one of those that
    /// ended: the session that is named or, where none is, each one of the user.
    ///
    /// ```no_run
    /// # fn example(logout: &ory_oidc::LogoutToken, sessions: &mut Vec<(String, Option<String>)>) {
    /// sessions.retain(|(sub, sid)| !logout.ends(sub, sid.as_deref()));
    /// # }
    /// ```
    #[must_use]
    pub fn ends(&self, sub: &str, sid: Option<&str>) -> bool {
        self.sub.as_deref().is_none_or(|named| named == sub)
            && self.sid.as_deref().is_none_or(|named| Some(named) == sid)
    }

    /// What is left to check in a token whose signature, issuer, audience and times are right
    /// (§2.6).
    fn check(claims: &Claims, now: SystemTime, leeway: Duration) -> Result<Self, TokenProblem> {
        let missing = |name| TokenProblem::ClaimMissing(name);
        let issued = claims.time("iat")?.ok_or(missing("iat"))?;
        if seconds(now) > issued + (LONGEST_WAY + leeway).as_secs_f64() {
            return Err(TokenProblem::TooOld);
        }
        let events = claims.get("events").ok_or(TokenProblem::NoLogoutEvent)?;
        if !events.get(EVENT).is_some_and(Value::is_object) {
            return Err(TokenProblem::NoLogoutEvent);
        }
        if claims.get("nonce").is_some() {
            return Err(TokenProblem::NonceForbidden);
        }
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
            .field("jti", &self.jti)
            .finish_non_exhaustive()
    }
}

impl Client {
    /// Verifies the `logout_token` that the provider posted to the client's
    /// `backchannel_logout_uri` (OpenID Connect Back-Channel Logout §2.6): its signature, with the
    /// algorithm registered for ID tokens or, where none is known, one that the provider
    /// advertises; `iss`, `aud`, `iat`, `exp` where there is one; `events`; no `nonce`; `sub`
    /// or `sid`; and, by the guard, that it is the first time.
    ///
    /// End the sessions that [`LogoutToken::ends`] tells, then answer 200. Answer 400 to any error,
    /// and when the sessions cannot be ended (§2.8); all with `Cache-Control: no-store`. The token
    /// is used up when this returns: should the provider send it again, it is refused.
    ///
    /// ```no_run
    /// use ory_oidc::{Client, MemoryReplayGuard, Registration};
    ///
    /// # async fn example(ory: Client, registration: Registration, form_field: &str, guard: MemoryReplayGuard)
    /// #     -> Result<(), ory_oidc::Error> {
    /// let logout = ory.verify_logout_token(form_field, &registration, &guard).await?;
    /// println!("session {:?} is over", logout.sid());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`ValidationError::Token`](crate::ValidationError::Token), with what is wrong with it;
    /// [`Error::ReplayGuard`] when the guard failed; the errors of [`Client::discover`] and
    /// [`Client::keys`].
    pub async fn verify_logout_token<'a>(
        &self,
        logout_token: &str,
        party: impl Into<RelyingParty<'a>> + Send,
        guard: &(impl ReplayGuard + ?Sized),
    ) -> Result<LogoutToken, Error> {
        const KIND: TokenKind = TokenKind::Logout;
        let party = party.into();
        let verified = self.verify(KIND, logout_token, &party).await?;
        let (now, leeway) = (SystemTime::now(), self.leeway());
        let logout = LogoutToken::check(&verified.claims, now, leeway);
        let logout = logout.map_err(|problem| TokenError::new(KIND, problem))?;
        let token = TokenUse {
            issuer: logout.issuer.clone(),
            jti: logout.jti.clone(),
            // From then on it is refused for its age.
            remember_until: now + LONGEST_WAY + 2 * leeway,
        };
        match guard.first_use(&token).await {
            Ok(true) => Ok(logout),
            Ok(false) => Err(TokenError::new(KIND, TokenProblem::Replayed).into()),
            Err(error) => Err(Error::ReplayGuard(error.into())),
        }
    }
}
