//! The time at which a call has taken too long.

use std::time::Duration;
use tokio::time::{Instant, timeout_at};

/// The time at which a call has taken too long; [`None`] if that is too far away to be counted.
#[derive(Clone, Copy)]
pub(crate) struct Deadline(Option<Instant>);

impl Deadline {
    pub(crate) fn after(timeout: Duration) -> Self {
        Self(Instant::now().checked_add(timeout))
    }

    /// Waits for a future. Returns [`None`] at the deadline.
    pub(crate) async fn of<F: Future>(self, future: F) -> Option<F::Output> {
        match self.0 {
            Some(deadline) => timeout_at(deadline, future).await.ok(),
            None => Some(future.await),
        }
    }
}
