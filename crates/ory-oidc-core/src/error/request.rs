//! A request is invalid.

use crate::error::kind::ErrorKind;
use std::borrow::Cow;
use std::fmt;

/// A request is invalid, and was not sent.
///
/// ```
/// use ory_oidc_core::error::RequestError;
///
/// let error = RequestError::new("client_id", "must not be empty");
/// assert_eq!(error.to_string(), "client_id must not be empty");
/// ```
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct RequestError {
    argument: &'static str,
    problem: Cow<'static, str>,
    is_credential: bool,
}

impl RequestError {
    /// Describes an invalid argument. The texts must not contain the argument's value.
    #[must_use]
    pub fn new(argument: &'static str, problem: impl Into<Cow<'static, str>>) -> Self {
        Self {
            argument,
            problem: problem.into(),
            is_credential: false,
        }
    }

    /// Describes a credential that cannot be sent. No server would accept it, so the error has the
    /// kind [`ErrorKind::Unauthorized`].
    #[must_use]
    pub(crate) fn credential(argument: &'static str, problem: &'static str) -> Self {
        Self {
            is_credential: true,
            ..Self::new(argument, problem)
        }
    }

    /// Returns the name of the argument or member that is invalid.
    #[must_use]
    pub fn argument(&self) -> &str {
        self.argument
    }

    pub(super) fn kind(&self) -> ErrorKind {
        if self.is_credential {
            ErrorKind::Unauthorized
        } else {
            ErrorKind::InvalidRequest
        }
    }

    /// Returns the problem with the argument.
    #[must_use]
    pub fn problem(&self) -> &str {
        &self.problem
    }
}

impl fmt::Display for RequestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.argument, self.problem)
    }
}

impl std::error::Error for RequestError {}
