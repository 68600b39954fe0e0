//! How many requests are sent to Ory.

use crate::reason::Reason;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{Semaphore, SemaphorePermit};
use tokio::time::Instant;

/// The longest time for which Ory can pause the requests, so that one odd response does not stop an
/// API for a day.
const MAX_PAUSE: Duration = Duration::from_secs(60);

/// Limits the requests to Ory that are in flight, and pauses them while Ory asks to wait.
pub(crate) struct Budget {
    /// For tokens that Ory accepted before, so that a flood of unknown tokens cannot use up theirs.
    known: Semaphore,
    unknown: Semaphore,
    paused_until: Mutex<Option<Instant>>,
}

/// Why no request may be sent.
pub(crate) struct Denied {
    pub(crate) reason: Reason,
    pub(crate) until: Instant,
}

impl Budget {
    pub(crate) fn new(max_calls: usize) -> Self {
        let max_calls = max_calls.clamp(1, Semaphore::MAX_PERMITS);
        Self {
            known: Semaphore::new(max_calls),
            unknown: Semaphore::new(max_calls),
            paused_until: Mutex::default(),
        }
    }

    /// Returns a permit to send one request.
    pub(crate) fn permit(&self, known: bool) -> Result<SemaphorePermit<'_>, Denied> {
        let now = Instant::now();
        if let Some(until) = *self.paused()
            && now < until
        {
            let reason = Reason::RateLimited;
            return Err(Denied { reason, until });
        }
        let calls = if known { &self.known } else { &self.unknown };
        calls.try_acquire().map_err(|_| Denied {
            reason: Reason::Overloaded,
            until: now,
        })
    }

    /// Sends nothing for a time that Ory asked for, and does not shorten a longer pause. Returns the
    /// end of the pause.
    pub(crate) fn pause(&self, duration: Duration) -> Instant {
        let until = Instant::now() + duration.min(MAX_PAUSE);
        let mut paused = self.paused();
        let until = paused.map_or(until, |longer| until.max(longer));
        *paused = Some(until);
        until
    }

    fn paused(&self) -> MutexGuard<'_, Option<Instant>> {
        self.paused_until
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn known_and_unknown_tokens_have_separate_limits() {
        let budget = Budget::new(1);
        let unknown = budget.permit(false);
        assert!(unknown.is_ok());
        let denied = budget.permit(false).err().map(|denied| denied.reason);
        assert_eq!(denied, Some(Reason::Overloaded));
        assert!(budget.permit(true).is_ok());
        drop(unknown);
        assert!(budget.permit(false).is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn pause_ends_after_the_time_that_ory_asked_for_and_at_most_a_minute() {
        let budget = Budget::new(1);
        for (asked, seconds) in [(17, 17), (24 * 60 * 60, 60)] {
            budget.pause(Duration::from_secs(asked));
            tokio::time::advance(Duration::from_secs(seconds - 1)).await;
            let denied = budget.permit(true).err().map(|denied| denied.reason);
            assert_eq!(denied, Some(Reason::RateLimited));
            tokio::time::advance(Duration::from_secs(1)).await;
            assert!(budget.permit(true).is_ok());
        }
    }

    #[tokio::test(start_paused = true)]
    async fn shorter_pause_does_not_end_a_longer_one() {
        let budget = Budget::new(1);
        let end = budget.pause(Duration::from_secs(17));
        assert_eq!(budget.pause(Duration::ZERO), end);
        assert!(budget.permit(true).is_err());
    }
}
