//! How long a change may take.

use crate::store::StoreError;
use std::time::{Duration, Instant};

pub(crate) const DEFAULT_LEASE: Duration = Duration::from_secs(60);

/// The lease of a keeper, and the limits that follow from it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Lease {
    /// When others may take over a change.
    pub(crate) length: Duration,
    /// The limit of each request.
    pub(crate) request: Duration,
    /// The limit of each call of the store, if it has one.
    store: Duration,
}

impl Lease {
    /// Extends a wanted lease, if a request and two calls of the store could outlast it: one saves
    /// the mark of the change, and one its result.
    ///
    /// A keeper without a lease takes over at once, and nothing follows for its own calls.
    pub(crate) fn new(wanted: Duration, store: Option<Duration>) -> Self {
        let store = store.unwrap_or_default();
        let is_zero = wanted.is_zero();
        let request = if is_zero { DEFAULT_LEASE } else { wanted } / 4 * 3;
        let needed = request.saturating_add(store.saturating_mul(2));
        Self {
            length: if is_zero { wanted } else { wanted.max(needed) },
            request,
            store,
        }
    }

    /// Checks that a request can still be sent and its result be saved within the lease that began
    /// at an instant.
    pub(crate) fn check(&self, began: Instant) -> Result<(), StoreError> {
        let needed = self.request.saturating_add(self.store);
        if self.length.is_zero() || began.elapsed().saturating_add(needed) <= self.length {
            return Ok(());
        }
        let reason = "saving took so long that a change could outlast its lease";
        Err(StoreError::unavailable("the mark of a change", reason))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);

    fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn lease_covers_a_request_and_two_calls_of_the_store() {
        for (wanted, store, length, request) in [
            (MINUTE, None, 60, 45),
            (MINUTE, Some(Duration::ZERO), 60, 45),
            (MINUTE, Some(seconds(7)), 60, 45),
            (MINUTE, Some(seconds(10)), 65, 45),
            (MINUTE, Some(seconds(25)), 95, 45),
            (seconds(4), Some(seconds(10)), 23, 3),
            (seconds(600), Some(seconds(25)), 600, 450),
        ] {
            let lease = Lease::new(wanted, store);
            assert_eq!(lease.length, seconds(length), "{wanted:?} {store:?}");
            assert_eq!(lease.request, seconds(request), "{wanted:?} {store:?}");
            lease.check(Instant::now()).expect("nothing took long");
        }
    }

    #[test]
    fn lease_of_zero_stays_zero() {
        let lease = Lease::new(Duration::ZERO, Some(seconds(10)));
        assert_eq!((lease.length, lease.request), (Duration::ZERO, seconds(45)));
        let long_ago = Instant::now().checked_sub(MINUTE);
        lease
            .check(long_ago.unwrap_or_else(Instant::now))
            .expect("there is no lease to keep");
    }

    #[test]
    fn largest_durations_do_not_overflow() {
        let lease = Lease::new(Duration::MAX, Some(Duration::MAX));
        assert_eq!(lease.length, Duration::MAX);
        lease.check(Instant::now()).expect("the lease never ends");
    }

    #[test]
    fn request_is_refused_if_its_result_could_be_saved_too_late() {
        let lease = Lease::new(Duration::from_secs(4), Some(Duration::ZERO));
        let began = Instant::now().checked_sub(seconds(2));
        let Some(began) = began else { return };
        let error = lease.check(began).expect_err("one second is left");
        assert!(error.is_retryable());
    }
}
