//! A response of the registration endpoint cannot be used.

use ory_oidc_core::error::ValidationError;
use ory_oidc_core::operation::Operation;
use ory_oidc_gen::apis::oidc_api::CREATE_OIDC_DYNAMIC_CLIENT;
use std::fmt;

/// A response of the registration endpoint fails a check.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum RegistrationError {
    /// The response to a registration has no `client_id` (RFC 7591 §3.2.1).
    ClientIdMissing,
    /// The response is about another client (RFC 7592 §2.2: a server must not change the id).
    ClientIdChanged {
        /// The operation that was called.
        operation: Operation,
    },
}

impl ValidationError for RegistrationError {
    fn operation(&self) -> Option<Operation> {
        Some(match self {
            Self::ClientIdMissing => CREATE_OIDC_DYNAMIC_CLIENT,
            Self::ClientIdChanged { operation } => *operation,
        })
    }
}

impl fmt::Display for RegistrationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ClientIdMissing => "the response has no client_id",
            Self::ClientIdChanged { .. } => "the response has another client_id",
        })
    }
}

impl std::error::Error for RegistrationError {}
