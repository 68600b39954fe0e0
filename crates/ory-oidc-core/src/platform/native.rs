//! The clock of the operating system, and the timers and tasks of tokio.

use std::hash::{BuildHasher as _, RandomState};
use std::time::SystemTime;
use tokio::task::JoinHandle;
pub(crate) use tokio::time::{Instant, error::Elapsed, sleep, timeout, timeout_at};

pub(super) fn now() -> SystemTime {
    SystemTime::now()
}

/// A task that goes on even if nobody waits for it.
pub(crate) struct Task<T>(JoinHandle<T>);

pub(crate) fn spawn<F>(future: F) -> Task<F::Output>
where
    F: Future<Output: Send> + Send + 'static,
{
    Task(tokio::spawn(future))
}

impl<T> Task<T> {
    /// Waits for the result; [`None`] if the runtime is shutting down. A panic in the task goes on here.
    pub(crate) async fn result(self) -> Option<T> {
        match self.0.await.map_err(tokio::task::JoinError::try_into_panic) {
            Ok(result) => Some(result),
            Err(Ok(panic)) => std::panic::resume_unwind(panic),
            Err(Err(_)) => None,
        }
    }
}

/// Returns a number from 0 to 1. The keys of a hash map are random, too.
pub(crate) fn random() -> f64 {
    let random = RandomState::new().hash_one(0) >> 32;
    f64::from(u32::try_from(random).unwrap_or_default()) / f64::from(u32::MAX)
}

/// Whether no connection could be opened.
pub(crate) fn is_connect(error: &reqwest::Error) -> bool {
    error.is_connect()
}
