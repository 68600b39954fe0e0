//! An attempt that failed before a call was repeated.

use super::kind::ErrorKind;
use reqwest::StatusCode;
use std::time::Duration;

/// An attempt that failed, after which the call was repeated. See
/// [`RetryPolicy`](crate::retry::RetryPolicy).
///
/// ```
/// use ory_oidc_core::error::FailedAttempt;
///
/// fn report(attempts: &[FailedAttempt]) {
///     for attempt in attempts {
///         println!("{:?}, repeated after {:?}", attempt.kind(), attempt.delay());
///     }
/// }
/// ```
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct FailedAttempt {
    kind: ErrorKind,
    status: Option<StatusCode>,
    delay: Duration,
}

impl FailedAttempt {
    pub(crate) fn new(kind: ErrorKind, status: Option<StatusCode>, delay: Duration) -> Self {
        Self {
            kind,
            status,
            delay,
        }
    }

    /// Returns the kind of its error.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// Returns the HTTP status, if a response arrived.
    #[must_use]
    pub fn status(&self) -> Option<StatusCode> {
        self.status
    }

    /// Returns the delay between this attempt and the next one.
    #[must_use]
    pub fn delay(&self) -> Duration {
        self.delay
    }
}
