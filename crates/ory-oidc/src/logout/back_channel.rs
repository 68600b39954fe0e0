//! Receives the provider's logout tokens (OpenID Connect Back-Channel Logout 1.0).

use crate::client::Client;
use crate::token::claims::{Claims, seconds};
use crate::token::error::{TokenError, TokenKind, TokenProblem};
use crate::token::relying_party::RelyingParty;
use crate::token::replay::{ReplayGuard, TokenUse};
use ory_oidc_core::error::Error;
use serde_json::Value;
use std::fmt;
use std::time::{Duration, SystemTime};

/// The event of a logout token (§2.4).
const EVENT: &str = "http://schemas.openid.net/event/backchannel-logout";

/// The maximum age of a logout token. Ory's tokens have no `exp`; the standard recommends at most two
/// minutes for it (§2.4).
const MAX_AGE: Duration = Duration::from_secs(120);

/// A verified logout token: a user was logged out at the provider. End the sessions that it names.
///
/// [`Debug`](fmt::Debug) does not show the user.
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

    /// Whether a session ended, by its user and the `sid` of its ID token: the session that the token
    /// names or, if it names none, every session of the user.
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
    fn check(claims: &Claims, now: SystemTime, leeway: Duration) -> Result<Self, TokenProblem> {
        let missing = |name| TokenProblem::ClaimMissing(name);
        let issued = claims.time("iat")?.ok_or(missing("iat"))?;
        if seconds(now) > issued + (MAX_AGE + leeway).as_secs_f64() {
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
    /// algorithm registered for ID tokens or, if none is known, one that the provider advertises;
    /// `iss`, `aud`, `iat` and, if present, `exp`; `events`; no `nonce`; `sub` or `sid`; and, by the
    /// guard, that it was not used before.
    ///
    /// End the sessions for which [`LogoutToken::ends`] is true, then answer 200. Answer 400 to any
    /// error, and if the sessions cannot be ended (§2.8); always with `Cache-Control: no-store`. The
    /// token is used up when this returns: if the provider sends it again, it is refused.
    ///
    /// ```no_run
    /// use ory_oidc::token::MemoryReplayGuard;
    /// use ory_oidc::{Client, Registration};
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
    /// - [`TokenError`], with the reason.
    /// - [`ReplayGuardError`](crate::token::ReplayGuardError) if the guard failed.
    /// - The errors of [`Client::discover`] and [`Client::keys`].
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
        // After that it is refused for its age.
        let remember_until = now + MAX_AGE + 2 * leeway;
        let token = TokenUse::new(&logout.issuer, &logout.jti, remember_until);
        if guard.first_use(&token).await? {
            Ok(logout)
        } else {
            Err(TokenError::new(KIND, TokenProblem::Replayed).into())
        }
    }
}
