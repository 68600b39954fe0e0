//! Work that must complete although its caller goes away.

use crate::error::KeeperError;
use crate::trace::in_current_span;

/// Runs work to completion, even if the caller is dropped while it waits: a new token must reach
/// the store.
///
/// # Errors
/// [`KeeperError::Interrupted`] when the runtime is shut down before the work is done. It names the
/// method that the caller called.
pub(crate) async fn complete<T: Send + 'static>(
    method: &'static str,
    work: impl Future<Output = Result<T, KeeperError>> + Send + 'static,
) -> Result<T, KeeperError> {
    let task = tokio::spawn(in_current_span(work));
    match task.await.map_err(tokio::task::JoinError::try_into_panic) {
        Ok(done) => done,
        Err(Ok(panic)) => std::panic::resume_unwind(panic),
        Err(Err(_)) => Err(KeeperError::Interrupted { method }),
    }
}
