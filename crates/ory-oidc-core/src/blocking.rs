//! Waits for calls in synchronous code.

use crate::error::{Error, RequestError};
use std::sync::OnceLock;
use tokio::runtime::{Builder, Handle, Runtime};

/// The runtime of all waiting threads. Its own thread drives connections and timers between calls.
static RUNTIME: OnceLock<Runtime> = OnceLock::new();

/// A thread of `spawn_blocking` cannot be told from one that must not be blocked.
const INSIDE_RUNTIME: &str = "cannot be called inside an async runtime; use .await, or \
    Handle::block_on in spawn_blocking";

/// Waits for a future, without a runtime of the caller's own.
///
/// ```
/// use ory_oidc_core::{Error, blocking};
///
/// let sum = blocking::wait(async { Ok::<_, Error>(1 + 1) })?;
/// assert_eq!(sum, 2);
/// # Ok::<(), Error>(())
/// ```
///
/// # Errors
/// - The error of the future.
/// - [`Error::Request`] inside an async runtime, whose thread must not be blocked, and if the
///   operating system starts no thread. The future is dropped, and nothing is sent.
pub fn wait<T, E: From<Error>>(future: impl IntoFuture<Output = Result<T, E>>) -> Result<T, E> {
    if Handle::try_current().is_ok() {
        return Err(refused(INSIDE_RUNTIME).into());
    }
    let runtime = runtime().ok_or_else(|| refused("cannot start a thread"))?;
    runtime.block_on(future.into_future())
}

fn refused(problem: &'static str) -> Error {
    RequestError::new("wait()", problem).into()
}

fn runtime() -> Option<&'static Runtime> {
    if let Some(runtime) = RUNTIME.get() {
        return Some(runtime);
    }
    let mut builder = Builder::new_multi_thread();
    let builder = builder.worker_threads(1).thread_name("ory-oidc");
    let runtime = builder.enable_all().build().ok()?;
    // If another thread was faster, its runtime is used, and this one has no tasks yet.
    Some(RUNTIME.get_or_init(|| runtime))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn future_is_waited_for_and_its_tasks_go_on_afterwards() {
        let (send, receive) = std::sync::mpsc::channel();
        let waited = wait(async move {
            tokio::spawn(async move {
                tokio::time::sleep(std::time::Duration::from_millis(10)).await;
                send.send(()).expect("the test waits");
            });
            Ok::<_, Error>(7)
        });
        assert_eq!(waited.expect("the future succeeds"), 7);
        receive.recv().expect("the task goes on");
    }

    #[tokio::test]
    async fn inside_a_runtime_is_an_error() {
        let refused = wait(async { Ok::<_, Error>(()) }).expect_err("a runtime is running");
        assert_eq!(
            refused.to_string(),
            "wait() cannot be called inside an async runtime; use .await, or Handle::block_on in \
             spawn_blocking"
        );
    }
}
