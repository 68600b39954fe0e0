//! One error type, with a variant for each phase of a call.

mod attempt;
mod configuration;
mod decode;
mod kind;
mod request;
mod server;
#[cfg(test)]
mod tests;
mod texts;
mod transport;
mod validation;

pub use attempt::FailedAttempt;
pub use configuration::ConfigurationError;
pub use decode::DecodeError;
pub use kind::ErrorKind;
pub use request::RequestError;
pub use server::ServerError;
pub use transport::TransportError;
pub use validation::ValidationError;

use crate::operation::Operation;
use crate::rate_limit::RateLimit;
use bytes::Bytes;
use reqwest::StatusCode;
use std::any::Any;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// The error of a call, with a variant for each phase.
///
/// The variant is the phase in which the call failed. Branch on the [`kind`](Self::kind), which
/// decides what to do. After a registration, an update or a deletion, [`Error::Transport`],
/// [`Error::Decode`] and [`Error::Validation`] have the kind [`ErrorKind::OutcomeUnknown`], unless
/// the call could not connect.
///
/// Messages contain no secrets and no URL queries. Of a response body, they contain only the
/// server's error texts.
///
/// ```
/// use ory_oidc_core::{Error, ErrorKind};
///
/// fn advice(error: &Error) -> &'static str {
///     match error.kind() {
///         ErrorKind::NotFound => "is dynamic registration enabled?",
///         ErrorKind::Unauthorized => "the token does not work",
///         _ if error.is_retryable() => "try again later",
///         _ => "give up",
///     }
/// }
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Error {
    /// The client cannot be built with this configuration.
    Configuration(ConfigurationError),
    /// The request is invalid, and was not sent.
    Request(RequestError),
    /// No complete response arrived.
    Transport(Box<TransportError>),
    /// The server returned an error response.
    Server(Box<ServerError>),
    /// The response is not an error response, but it cannot be decoded or is not the expected one.
    Decode(Box<DecodeError>),
    /// A response, a token or a logout request fails a check, or it could not be checked.
    /// [`validation`](Error::validation) returns the error of the check, such as `DiscoveryError`.
    Validation(Arc<dyn ValidationError>),
}

impl Error {
    /// Returns the kind of the error, for programs to branch on.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Configuration(_) => ErrorKind::Configuration,
            Self::Request(error) => error.kind(),
            Self::Transport(error) => error.kind(),
            Self::Server(error) => error.kind(),
            // The server did its part; only its response cannot be used.
            Self::Decode(_) | Self::Validation(_) if self.may_have_changed_something() => {
                ErrorKind::OutcomeUnknown
            }
            Self::Decode(_) => ErrorKind::Decode,
            Self::Validation(_) => ErrorKind::Validation,
        }
    }

    fn may_have_changed_something(&self) -> bool {
        self.operation()
            .is_some_and(|operation| !operation.is_safe())
    }

    /// Returns the HTTP status, if a response arrived. [`None`] for [`Error::Validation`].
    #[must_use]
    pub fn status(&self) -> Option<StatusCode> {
        match self {
            Self::Server(error) => Some(error.status()),
            Self::Transport(error) => error.status(),
            Self::Decode(error) => Some(error.status()),
            _ => None,
        }
    }

    /// Whether the same call can safely be repeated and may then succeed. A registration, an update
    /// or a deletion is retryable only if the server did not receive or did not process it. If
    /// [`retry_after`](Self::retry_after) returns a time, wait that long first.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Transport(error) => error.is_retryable(),
            Self::Server(error) => error.is_retryable(),
            Self::Validation(error) => error.is_retryable(),
            _ => false,
        }
    }

    /// Returns how long the server asks to wait, at most 1 day: `Retry-After` (RFC 9110 §10.2.3) or,
    /// for 429, a rate-limit header.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Server(error) => error.retry_after(),
            _ => None,
        }
    }

    /// Returns the rate limit that an error response reports.
    #[must_use]
    pub fn rate_limit(&self) -> Option<RateLimit> {
        match self {
            Self::Server(error) => error.rate_limit(),
            _ => None,
        }
    }

    /// Returns the server's id of the request, from an [`Error::Server`]. Quote it when you contact
    /// the server's operator.
    #[must_use]
    pub fn request_id(&self) -> Option<&str> {
        match self {
            Self::Server(error) => error.request_id(),
            _ => None,
        }
    }

    /// Returns the body of the response as far as it arrived. It may hold secrets and is untrusted.
    #[must_use]
    pub fn response_body(&self) -> Option<&Bytes> {
        match self {
            Self::Server(error) => Some(error.body()),
            Self::Decode(error) => Some(error.body()),
            Self::Transport(error) => error.body(),
            _ => None,
        }
    }

    /// Returns the attempts that failed before the last one, the oldest first. Empty unless a
    /// [`RetryPolicy`](crate::retry::RetryPolicy) repeated the call, and for [`Error::Validation`].
    #[must_use]
    pub fn failed_attempts(&self) -> &[FailedAttempt] {
        match self {
            Self::Transport(error) => error.failed_attempts(),
            Self::Server(error) => error.failed_attempts(),
            Self::Decode(error) => error.failed_attempts(),
            _ => &[],
        }
    }

    /// Adds the attempts that failed before.
    pub(crate) fn after(self, attempts: Vec<FailedAttempt>) -> Self {
        if attempts.is_empty() {
            return self;
        }
        match self {
            Self::Transport(error) => error.after(attempts).into(),
            Self::Server(error) => error.after(attempts).into(),
            Self::Decode(error) => error.after(attempts).into(),
            other => other,
        }
    }

    /// Returns the scopes that the request needs, separated by spaces, from the server's
    /// `insufficient_scope` challenge (RFC 6750 §3.1).
    ///
    /// Request them in a new login. Refreshing the token does not add a scope.
    #[must_use]
    pub fn required_scope(&self) -> Option<&str> {
        match self {
            Self::Server(error) => error.required_scope(),
            _ => None,
        }
    }

    /// Returns the operation that failed; [`None`] if no call was made.
    #[must_use]
    pub fn operation(&self) -> Option<Operation> {
        match self {
            Self::Transport(error) => Some(error.operation()),
            Self::Server(error) => Some(error.operation()),
            Self::Decode(error) => Some(error.operation()),
            Self::Validation(error) => error.operation(),
            _ => None,
        }
    }

    /// Returns the validation error if it is of the type `E`, and otherwise [`None`].
    ///
    /// ```
    /// use ory_oidc_core::error::{Error, ValidationError};
    ///
    /// #[derive(Debug)]
    /// struct TooOld;
    ///
    /// impl std::fmt::Display for TooOld {
    ///     fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
    ///         f.write_str("the response is too old")
    ///     }
    /// }
    ///
    /// impl std::error::Error for TooOld {}
    /// impl ValidationError for TooOld {}
    ///
    /// let error = Error::from(TooOld);
    /// assert!(error.validation::<TooOld>().is_some());
    /// ```
    #[must_use]
    pub fn validation<E: ValidationError>(&self) -> Option<&E> {
        match self {
            Self::Validation(error) => {
                let error: &dyn Any = error.as_ref();
                error.downcast_ref()
            }
            _ => None,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Configuration(error) => error.fmt(f),
            Self::Request(error) => error.fmt(f),
            Self::Transport(error) => error.fmt(f),
            Self::Server(error) => error.fmt(f),
            Self::Decode(error) => error.fmt(f),
            Self::Validation(error) => error.fmt(f),
        }?;
        match self.failed_attempts().len() {
            0 => Ok(()),
            failed => write!(f, " (after {} attempts)", failed + 1),
        }
    }
}

impl std::error::Error for Error {
    // `Display` shows the message of the inner error, so the source is the source of that error.
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Configuration(error) => error.source(),
            Self::Request(error) => error.source(),
            Self::Transport(error) => error.source(),
            Self::Server(error) => error.source(),
            Self::Decode(error) => error.source(),
            Self::Validation(error) => error.source(),
        }
    }
}

impl From<ConfigurationError> for Error {
    fn from(error: ConfigurationError) -> Self {
        Self::Configuration(error)
    }
}

impl From<RequestError> for Error {
    fn from(error: RequestError) -> Self {
        Self::Request(error)
    }
}

impl From<TransportError> for Error {
    fn from(error: TransportError) -> Self {
        Self::Transport(Box::new(error))
    }
}

impl From<ServerError> for Error {
    fn from(error: ServerError) -> Self {
        Self::Server(Box::new(error))
    }
}

impl From<DecodeError> for Error {
    fn from(error: DecodeError) -> Self {
        Self::Decode(Box::new(error))
    }
}

impl<E: ValidationError> From<E> for Error {
    fn from(error: E) -> Self {
        Self::Validation(Arc::new(error))
    }
}
