//! A response of the registration endpoint cannot be used.

use ory_oidc_core::error::ValidationError;
use ory_oidc_core::operation::Operation;
use std::fmt;

/// A response of the registration endpoint fails a check.
///
/// ```
/// use ory_oidc::registration::RegistrationError;
///
/// fn is_about_another_client(error: &ory_oidc::Error) -> bool {
///     matches!(error.validation(), Some(RegistrationError::ClientIdChanged { .. }))
/// }
/// ```
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum RegistrationError {
    /// The response has no `client_id` (RFC 7591 §3.2.1), so it is not about this client.
    ClientIdMissing {
        /// The operation that was called.
        operation: Operation,
    },
    /// The response is about another client (RFC 7592 §2.2: a server must not change the id).
    ClientIdChanged {
        /// The operation that was called.
        operation: Operation,
    },
}

impl ValidationError for RegistrationError {
    fn operation(&self) -> Option<Operation> {
        let (Self::ClientIdMissing { operation } | Self::ClientIdChanged { operation }) = self;
        Some(*operation)
    }
}

impl fmt::Display for RegistrationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ClientIdMissing { .. } => "the response has no client_id",
            Self::ClientIdChanged { .. } => "the response has another client_id",
        })
    }
}

impl std::error::Error for RegistrationError {}
