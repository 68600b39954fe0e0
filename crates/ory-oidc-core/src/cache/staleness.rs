//! The staleness of a cached response.

use crate::error::Error;
use std::time::Duration;

/// The staleness of an expired response that was returned because the provider is unavailable.
///
/// ```
/// use ory_oidc_core::cache::Staleness;
///
/// fn report(staleness: &Staleness) {
///     eprintln!("expired {:?} ago: {}", staleness.expired_for(), staleness.error());
/// }
/// ```
#[derive(Clone, Debug)]
pub struct Staleness {
    pub(super) expired_for: Duration,
    pub(super) error: Error,
}

impl Staleness {
    /// Returns how long ago the response expired.
    #[must_use]
    pub fn expired_for(&self) -> Duration {
        self.expired_for
    }

    /// Returns the error of the last attempt to fetch a newer one.
    #[must_use]
    pub fn error(&self) -> &Error {
        &self.error
    }
}
