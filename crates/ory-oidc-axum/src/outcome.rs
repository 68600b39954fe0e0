//! The outcome of verifying a token.

use crate::reason::Reason;
use crate::scopes::Scopes;
use ory_oidc::Error;
use ory_oidc::error::ErrorKind;
use ory_oidc::token::{TokenError, TokenProblem};
use ory_oidc::userinfo::{UserInfo, UserInfoError};
use std::sync::Arc;
use tokio::time::Instant;

/// What is known about a token that Ory accepted.
pub(crate) struct Verified {
    pub(crate) claims: UserInfo,
    /// The scopes of the token, if they are known.
    pub(crate) scopes: Option<Scopes>,
    /// The time before the request to Ory was sent: a token revoked later may still be in use.
    pub(crate) checked_at: Instant,
}

/// A token without a user.
#[derive(Clone)]
pub(crate) struct Refusal {
    pub(crate) reason: Reason,
    /// The time from which the token may be verified again.
    pub(crate) until: Instant,
    /// The scope that Ory demands.
    pub(crate) scope: Option<Arc<str>>,
    /// The error of the request to Ory. The cache does not keep it, because it holds the response.
    pub(crate) error: Option<Arc<Error>>,
}

/// Returns the reason that an error of Ory stands for. A token counts as invalid only if Ory, or the
/// check of its client, says so. Any other failure may be a fault of Ory or of a gateway.
pub(crate) fn reason_of(error: &Error) -> Reason {
    match error.kind() {
        // The caller must check that Ory works: see `is_outage`.
        ErrorKind::Unauthorized => Reason::InvalidToken,
        ErrorKind::InsufficientScope => Reason::InsufficientScope,
        ErrorKind::RateLimited => Reason::RateLimited,
        ErrorKind::Validation if is_of_another_client(error) => Reason::InvalidToken,
        _ => Reason::Unavailable,
    }
}

/// Whether the error of a request for metadata shows that Ory does not work. A Hydra whose database is
/// unavailable refuses every token, and its metadata is unavailable, too.
pub(crate) fn is_outage(error: &Error) -> bool {
    !matches!(
        error.kind(),
        // Something responds, although it is not the expected metadata.
        ErrorKind::Validation | ErrorKind::Decode | ErrorKind::NotFound | ErrorKind::Forbidden
    )
}

/// Whether the response differs from what the expected client registered.
fn is_of_another_client(error: &Error) -> bool {
    if let Some(error) = error.validation::<UserInfoError>() {
        return matches!(
            error,
            UserInfoError::SignatureExpected | UserInfoError::Unverified(_)
        );
    }
    let error = error.validation::<TokenError>();
    error.is_some_and(|error| {
        matches!(
            error.problem(),
            TokenProblem::WrongAudience
                | TokenProblem::AlgorithmNotAllowed
                | TokenProblem::Unsigned
                | TokenProblem::Symmetric
                | TokenProblem::Encrypted
        )
    })
}
