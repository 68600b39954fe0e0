//! A value in the cache, and on its way to a caller.

use super::staleness::Staleness;
use crate::error::Error;
use crate::platform::Instant;
use std::sync::Arc;

pub(super) struct Entry<T> {
    pub(super) value: T,
    pub(super) refresh_from: Instant,
    pub(super) fresh_until: Instant,
    pub(super) usable_until: Instant,
}

/// A value for a caller.
#[derive(Debug)]
#[non_exhaustive]
pub struct Hit<T> {
    /// The value.
    pub value: T,
    /// How stale the value is; [`None`] if it is fresh.
    pub staleness: Option<Arc<Staleness>>,
    /// The number of the value: each one that is fetched has the next number.
    pub generation: u64,
}

impl<T: Clone> Entry<T> {
    pub(super) fn stale(&self, generation: u64, now: Instant, error: Error) -> Hit<T> {
        let expired_for = now.saturating_duration_since(self.fresh_until);
        let staleness = Staleness { expired_for, error };
        self.hit(generation, Some(Arc::new(staleness)))
    }

    pub(super) fn hit(&self, generation: u64, staleness: Option<Arc<Staleness>>) -> Hit<T> {
        Hit {
            value: self.value.clone(),
            staleness,
            generation,
        }
    }
}
