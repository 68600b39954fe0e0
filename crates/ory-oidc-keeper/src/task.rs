//! Work that must complete although its caller goes away.

use crate::error::KeeperError;
use std::pin::Pin;
use tokio::sync::OwnedMutexGuard;

/// The right to change the registration, within this process.
pub(crate) type Gate = OwnedMutexGuard<()>;

/// Runs work to completion, even if the caller is dropped while it waits: a new token must reach the
/// store. The gate is held until then.
///
/// # Errors
/// [`KeeperError::Interrupted`] when the runtime is shut down before the work is done.
pub(crate) async fn complete<T: Send + 'static>(
    gate: Gate,
    work: Pin<Box<dyn Future<Output = T> + Send>>,
) -> Result<(Gate, T), KeeperError> {
    let task = tokio::spawn(async move {
        let done = work.await;
        (gate, done)
    });
    match task.await.map_err(tokio::task::JoinError::try_into_panic) {
        Ok(done) => Ok(done),
        Err(Ok(panic)) => std::panic::resume_unwind(panic),
        Err(Err(_)) => Err(KeeperError::Interrupted),
    }
}
