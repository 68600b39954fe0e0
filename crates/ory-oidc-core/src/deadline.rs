//! The time at which a call has taken too long.

use crate::platform::{Elapsed, Instant, timeout_at};
use std::time::Duration;

/// Longer time-outs, which cannot all be counted, are reduced to about 30 years.
const LONGEST: Duration = Duration::from_secs(30 * 365 * 24 * 60 * 60);

/// The time at which a call has taken too long, or until which a caller waits for a fetch that it
/// shares with others.
///
/// ```
/// use ory_oidc_core::deadline::Deadline;
/// use std::time::Duration;
///
/// let soon = Deadline::after(Duration::from_secs(1));
/// assert!(soon.remaining() <= Duration::from_secs(1));
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Deadline(Instant);

impl Deadline {
    /// Returns the time at which a time-out that begins now is over.
    #[must_use]
    pub fn after(timeout: Duration) -> Self {
        Self(Instant::now() + timeout.min(LONGEST))
    }

    /// Returns the time that is left.
    #[must_use]
    pub fn remaining(self) -> Duration {
        self.0.saturating_duration_since(Instant::now())
    }

    /// Returns the earlier one of this deadline and of a time-out that begins now.
    pub(crate) fn or_after(self, timeout: Option<Duration>) -> Self {
        timeout.map_or(self, |timeout| Self(self.0.min(Self::after(timeout).0)))
    }

    /// Whether a pause would end before the deadline.
    pub(crate) fn leaves(self, pause: Duration) -> bool {
        Self::after(pause).0 < self.0
    }

    /// Waits for a future. Fails at the deadline.
    pub(crate) fn of<F: Future>(
        self,
        future: F,
    ) -> impl Future<Output = Result<F::Output, Elapsed>> {
        timeout_at(self.0, future)
    }
}
