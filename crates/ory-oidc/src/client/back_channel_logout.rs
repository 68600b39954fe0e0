//! Verifies the provider's logout tokens (OpenID Connect Back-Channel Logout 1.0).

use super::client::Client;
use crate::logout::logout_token::{LogoutToken, MAX_AGE};
use crate::token::error::{TokenError, TokenKind, TokenProblem};
use crate::token::relying_party::RelyingParty;
use crate::token::replay::{ReplayGuard, TokenUse};
use crate::token::use_once::use_once;
use ory_oidc_core::error::Error;
use std::time::SystemTime;

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
    pub async fn verify_logout_token<'a>(
        &self,
        logout_token: &str,
        party: impl Into<RelyingParty<'a>> + Send,
        guard: &(impl ReplayGuard + Clone + 'static),
    ) -> Result<LogoutToken, Error> {
        const KIND: TokenKind = TokenKind::Logout;
        let party = party.into();
        let verified = self.verify(KIND, logout_token, &party).await?;
        let (now, leeway) = (SystemTime::now(), self.leeway());
        let logout = LogoutToken::check(&verified.claims, now, leeway);
        let logout = logout.map_err(|problem| TokenError::new(KIND, problem))?;
        // After that time, the token is refused for its age.
        let remember_until = now + MAX_AGE + 2 * leeway;
        let token = TokenUse::new(logout.issuer(), logout.jti(), remember_until);
        if use_once(guard.clone(), token).await? {
            Ok(logout)
        } else {
            Err(TokenError::new(KIND, TokenProblem::Replayed).into())
        }
    }
}
