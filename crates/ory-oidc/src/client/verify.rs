//! Verifies signed tokens (RFC 7515, RFC 7519, RFC 8725).

use super::client::Client;
use crate::token::claims::Claims;
use crate::token::compact::Compact;
use crate::token::error::{TokenError, TokenKind, TokenProblem};
use crate::token::key::Algorithm;
use crate::token::keys::Outcome;
use crate::token::relying_party::RelyingParty;
use ory_oidc_core::cache::Asker;
use ory_oidc_core::error::Error;
use ory_oidc_core::number::in_range;
use std::time::SystemTime;

/// A token with valid signature, issuer, audience and times.
pub(crate) struct Verified {
    pub(crate) claims: Claims,
    /// The claims as they were signed, but with each number in range.
    pub(crate) payload: Vec<u8>,
}

impl Client {
    /// Verifies signature, issuer, audience and times. Further checks depend on the kind of token.
    pub(crate) async fn verify(
        &self,
        kind: TokenKind,
        token: &str,
        party: &RelyingParty<'_>,
    ) -> Result<Verified, Error> {
        let refused = |problem| TokenError::new(kind, problem);
        let token = Compact::parse(token, kind).map_err(refused)?;
        let provider = self.discover().await?;
        let metadata = provider.fields();
        let (registered, advertised) = match kind {
            TokenKind::UserInfo => (
                party.userinfo_alg(),
                &metadata.userinfo_signing_alg_values_supported,
            ),
            TokenKind::Logout => (
                party.id_token_alg(),
                &metadata.id_token_signing_alg_values_supported,
            ),
        };
        let permitted = match registered {
            Some(registered) => registered == token.algorithm,
            None => advertised
                .iter()
                .flatten()
                .any(|alg| *alg == token.algorithm),
        };
        let algorithm = Algorithm::named(&token.algorithm).filter(|_| permitted);
        let algorithm = algorithm.ok_or(refused(TokenProblem::AlgorithmNotAllowed))?;
        let asker = match kind {
            TokenKind::UserInfo => Asker::Provider,
            // Anybody can post to the back-channel logout URI.
            TokenKind::Logout => Asker::Anybody,
        };
        self.verify_signature(&token, algorithm, asker, refused)
            .await?;
        let payload = in_range(&token.payload).unwrap_or(token.payload);
        let claims = Claims::parse(&payload).map_err(refused)?;
        claims
            .check(provider.issuer(), party.client_id())
            .map_err(refused)?;
        let checked = claims.check_times(SystemTime::now(), self.leeway());
        checked.map_err(refused)?;
        Ok(Verified { claims, payload })
    }

    async fn verify_signature(
        &self,
        token: &Compact<'_>,
        algorithm: Algorithm,
        asker: Asker,
        refused: impl Fn(TokenProblem) -> TokenError,
    ) -> Result<(), Error> {
        let kid = token.kid.as_deref();
        let message = token.message.as_bytes();
        let keys = self.key_hit().await?;
        let mut outcome = keys.value.verify(kid, algorithm, message, &token.signature);
        let mut is_newest = false;
        if matches!(outcome, Outcome::UnknownKey | Outcome::BadSignature) {
            // The provider may have changed its keys since they were fetched.
            if let Some(newer) = self.keys_newer_than(keys.generation, asker).await? {
                is_newest = true;
                outcome = newer
                    .value
                    .verify(kid, algorithm, message, &token.signature);
            }
        }
        let problem = match outcome {
            Outcome::Verified => return Ok(()),
            Outcome::WrongKey => TokenProblem::WrongKey,
            Outcome::UnreadableKey => TokenProblem::UnreadableKey,
            Outcome::UnknownKey => TokenProblem::UnknownKey,
            Outcome::BadSignature if is_newest => TokenProblem::BadSignature,
            Outcome::BadSignature => TokenProblem::UnknownSigner,
        };
        Err(refused(problem).into())
    }
}
