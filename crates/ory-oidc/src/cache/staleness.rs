//! Tells that a cached answer is stale.

use ory_oidc_core::error::Error;
use std::time::Duration;

/// Tells that an answer was returned although it had expired, because the provider is unavailable.
#[derive(Clone, Debug)]
pub struct Staleness {
    pub(super) expired_for: Duration,
    pub(super) error: Error,
}

impl Staleness {
    /// Returns how long ago the answer expired.
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
