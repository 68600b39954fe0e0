//! The time at which a call has taken too long.

use crate::platform::{Instant, timeout_at};
use std::pin::Pin;
use std::time::Duration;

/// The time at which a call has taken too long; [`None`] if that is too far away to be counted.
#[derive(Clone, Copy)]
pub(crate) struct Deadline(Option<Instant>);

impl Deadline {
    pub(crate) fn after(timeout: Duration) -> Self {
        Self(Instant::now().checked_add(timeout))
    }

    /// Returns the earlier one of this deadline and of a time-out that begins now.
    pub(crate) fn or_after(self, timeout: Option<Duration>) -> Self {
        let other = timeout.and_then(|timeout| Instant::now().checked_add(timeout));
        Self(match (self.0, other) {
            (Some(one), Some(other)) => Some(one.min(other)),
            (one, other) => one.or(other),
        })
    }

    /// Whether a pause would end before the deadline.
    pub(crate) fn leaves(self, pause: Duration) -> bool {
        let end = Instant::now().checked_add(pause);
        self.0
            .is_none_or(|deadline| end.is_some_and(|end| end < deadline))
    }

    /// Waits for a future. Returns [`None`] at the deadline. The future is pinned by the caller: by value,
    /// it would take up room twice.
    pub(crate) async fn of<F: Future>(self, future: Pin<&mut F>) -> Option<F::Output> {
        match self.0 {
            Some(deadline) => timeout_at(deadline, future).await.ok(),
            None => Some(future.await),
        }
    }
}
