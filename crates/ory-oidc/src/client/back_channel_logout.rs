//! Verifies the provider's logout tokens (OpenID Connect Back-Channel Logout 1.0).

use super::client::Client;
use super::request::{options, wait};
use crate::logout::logout_token::{LogoutToken, MAX_AGE};
use crate::token::error::{TokenError, TokenKind, TokenProblem};
use crate::token::relying_party::RelyingParty;
use crate::token::replay::{ReplayGuard, TokenUse};
use crate::token::use_once::use_once;
use ory_oidc_core::call_options::CallOptions;
use ory_oidc_core::error::Error;
use std::fmt;
use std::future::IntoFuture;
use std::pin::Pin;
use std::sync::Arc;
use std::time::SystemTime;

/// A verification of a logout token. Await it to get the verified token.
#[derive(Clone)]
#[must_use = "a verification does nothing until it is awaited"]
pub struct LogoutTokenVerification<'a> {
    client: &'a Client,
    logout_token: &'a str,
    party: RelyingParty<'a>,
    guard: Arc<dyn ReplayGuard>,
    options: CallOptions,
}

options!(
    LogoutTokenVerification,
    "ory.verify_logout_token(form_field, &registration, &guard)",
    shared
);
wait!(
    LogoutTokenVerification<'a>,
    "ory.verify_logout_token(form_field, &registration, &guard)",
    LogoutToken
);

impl LogoutTokenVerification<'_> {
    async fn verify(self) -> Result<LogoutToken, Error> {
        const KIND: TokenKind = TokenKind::Logout;
        let (client, token) = (self.client, self.logout_token);
        let verified = client
            .verify(KIND, token, &self.party, self.options)
            .await?;
        let (now, leeway) = (SystemTime::now(), client.leeway());
        let logout = LogoutToken::check(&verified.claims, now, leeway);
        let logout = logout.map_err(|problem| TokenError::new(KIND, problem))?;
        // After that time, the token is refused for its age.
        let remember_until = now + MAX_AGE + 2 * leeway;
        let token = TokenUse::new(logout.issuer(), logout.jti(), remember_until);
        if use_once(self.guard, token).await? {
            Ok(logout)
        } else {
            Err(TokenError::new(KIND, TokenProblem::Replayed).into())
        }
    }
}

impl<'a> IntoFuture for LogoutTokenVerification<'a> {
    type Output = Result<LogoutToken, Error>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send + 'a>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.verify())
    }
}

impl fmt::Debug for LogoutTokenVerification<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The token ends sessions until it is used.
        f.debug_struct("LogoutTokenVerification")
            .field("client", &self.client)
            .field("party", &self.party)
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}

impl Client {
    /// Verifies the `logout_token` that the provider posted to the client's
    /// `backchannel_logout_uri` (OpenID Connect Back-Channel Logout §2.6). These rules are checked:
    ///
    /// - The signature is valid. Its algorithm is the one registered for ID tokens or, if none is
    ///   known, one that the provider advertises.
    /// - `iss`, `aud`, `iat`, `events` and, if present, `exp` are valid.
    /// - The token has a `sub` or a `sid`, and no `nonce`.
    /// - The token was not used before. `guard` remembers used tokens.
    ///
    /// End the sessions for which [`LogoutToken::ends`] is true, then respond with 200. Respond
    /// with 400 if this method returns an error, and if the sessions cannot be ended (§2.8). Always
    /// send `Cache-Control: no-store`.
    ///
    /// A token that this method returned cannot be used again: if the provider sends it once more,
    /// this method returns an error. So retry ending the sessions yourself. If the future is dropped
    /// before it returns, the token can be used again.
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
    pub fn verify_logout_token<'a>(
        &'a self,
        logout_token: &'a str,
        party: impl Into<RelyingParty<'a>>,
        guard: &(impl ReplayGuard + Clone + 'static),
    ) -> LogoutTokenVerification<'a> {
        LogoutTokenVerification {
            client: self,
            logout_token,
            party: party.into(),
            guard: Arc::new(guard.clone()),
            options: CallOptions::new(),
        }
    }
}
