//! Signed tokens (RFC 7515, RFC 7519): what one must be before a word of it is believed.

mod claims;
mod compact;
mod error;
#[cfg(fuzzing)]
pub(crate) mod fuzzing;

pub(crate) use claims::{Claims, seconds};
use compact::Compact;
pub use error::{TokenError, TokenKind, TokenProblem};

use crate::cache::Asker;
use crate::jwks::{Algorithm, Outcome};
use crate::{Client, Error, RelyingParty};
use std::time::SystemTime;

/// A token whose signature, issuer, audience and times are right.
pub(crate) struct Verified {
    pub(crate) claims: Claims,
    /// Its claims as they were signed.
    pub(crate) payload: Vec<u8>,
}

impl Client {
    /// Verifies what every token has: who signed it, for whom, and when. What is left to check
    /// depends on its kind.
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
                metadata
                    .userinfo_signing_alg_values_supported
                    .as_deref()
                    .unwrap_or_default(),
            ),
            TokenKind::Logout => (
                party.id_token_alg(),
                metadata.id_token_signing_alg_values_supported.as_slice(),
            ),
        };
        let permitted = match registered {
            Some(registered) => registered == token.algorithm,
            None => advertised.contains(&token.algorithm),
        };
        let algorithm = Algorithm::named(&token.algorithm).filter(|_| permitted);
        let algorithm = algorithm.ok_or(refused(TokenProblem::AlgorithmNotAllowed))?;
        let asker = match kind {
            TokenKind::UserInfo => Asker::Provider,
            // The address that they are posted to is open to all.
            TokenKind::Logout => Asker::Anybody,
        };
        self.verify_signature(&token, algorithm, asker, refused)
            .await?;
        let claims = Claims::parse(&token.payload).map_err(refused)?;
        claims
            .check(provider.issuer(), party.client_id())
            .map_err(refused)?;
        let checked = claims.check_times(SystemTime::now(), self.leeway());
        checked.map_err(refused)?;
        Ok(Verified {
            claims,
            payload: token.payload,
        })
    }

    async fn verify_signature(
        &self,
        token: &Compact<'_>,
        algorithm: Algorithm,
        asker: Asker,
        refused: impl Fn(TokenProblem) -> TokenError,
    ) -> Result<(), Error> {
        let kid = token.kid.as_deref();
        let mut keys = self.key_hit().await?;
        loop {
            let verified =
                keys.value
                    .verify(kid, algorithm, token.message.as_bytes(), &token.signature);
            let problem = match verified {
                Outcome::Verified => return Ok(()),
                Outcome::WrongKey => return Err(refused(TokenProblem::WrongKey).into()),
                Outcome::UnknownKey => TokenProblem::UnknownKey,
                // Without a name, a wrong key and a new one look the same.
                Outcome::BadSignature if kid.is_none() => TokenProblem::BadSignature,
                Outcome::BadSignature => return Err(refused(TokenProblem::BadSignature).into()),
            };
            // The provider may have changed its keys since these were fetched.
            match self.keys_newer_than(keys.generation, asker).await? {
                Some(newer) => keys = newer,
                None => return Err(refused(problem).into()),
            }
        }
    }
}
