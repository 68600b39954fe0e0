//! Verifies signed tokens (RFC 7515, RFC 7519, RFC 8725).

use super::client::Client;
use crate::token::claims::Claims;
use crate::token::compact::Compact;
use crate::token::error::{TokenError, TokenKind, TokenProblem};
use crate::token::key::Algorithm;
use crate::token::keys::Outcome;
use crate::token::relying_party::RelyingParty;
use ory_oidc_core::cache::Asker;
use ory_oidc_core::call_options::CallOptions;
use ory_oidc_core::deadline::Deadline;
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
    /// The options apply to the requests for metadata and keys.
    pub(crate) async fn verify(
        &self,
        kind: TokenKind,
        token: &str,
        party: &RelyingParty<'_>,
        options: CallOptions,
    ) -> Result<Verified, Error> {
        let refused = |problem| TokenError::new(kind, problem);
        let token = Compact::parse(token, kind).map_err(refused)?;
        let (client, until) = self.share(options);
        let provider = client.metadata(until).await?;
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
        let problem = client.verify_signature(&token, algorithm, asker, until);
        if let Some(problem) = problem.await? {
            return Err(refused(problem).into());
        }
        let payload = in_range(&token.payload).unwrap_or(token.payload);
        let claims = Claims::parse(&payload).map_err(refused)?;
        claims
            .check(provider.issuer(), party.client_id())
            .map_err(refused)?;
        let checked = claims.check_times(SystemTime::now(), self.leeway());
        checked.map_err(refused)?;
        Ok(Verified { claims, payload })
    }

    /// Returns the problem of a signature that is not valid.
    async fn verify_signature(
        &self,
        token: &Compact<'_>,
        algorithm: Algorithm,
        asker: Asker,
        until: Deadline,
    ) -> Result<Option<TokenProblem>, Error> {
        let kid = token.kid.as_deref();
        let message = token.message.as_bytes();
        let keys = self.key_hit(until).await?;
        let mut outcome = keys
            .value
            .keys
            .verify(kid, algorithm, message, &token.signature);
        let mut is_newest = false;
        if matches!(outcome, Outcome::UnknownKey | Outcome::BadSignature) {
            // The provider may have changed its keys since they were fetched.
            let newer = self.keys_newer_than(keys.generation, asker, until).await?;
            if let Some(newer) = newer {
                is_newest = true;
                let newer = &newer.value.keys;
                outcome = newer.verify(kid, algorithm, message, &token.signature);
            }
        }
        Ok(match outcome {
            Outcome::Verified => None,
            Outcome::WrongKey => Some(TokenProblem::WrongKey),
            Outcome::UnreadableKey => Some(TokenProblem::UnreadableKey),
            Outcome::UnknownKey => Some(TokenProblem::UnknownKey),
            Outcome::BadSignature if is_newest => Some(TokenProblem::BadSignature),
            Outcome::BadSignature => Some(TokenProblem::UnknownSigner),
        })
    }
}
