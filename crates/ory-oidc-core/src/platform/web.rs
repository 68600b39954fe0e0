//! The clock, the timers and the tasks of a JavaScript runtime.
//!
//! JavaScript's objects cannot be sent to other threads. A task of the runtime holds them, so that the
//! futures of this crate are [`Send`] on every platform.

use gloo_timers::future::TimeoutFuture;
use std::time::{Duration, SystemTime};
use tokio::sync::oneshot;
use wasm_bindgen_futures::spawn_local;
pub(crate) use web_time::Instant;
use web_time::web::SystemTimeExt as _;

/// The longest time-out of a JavaScript timer, in milliseconds: longer ones end at once.
const MAX_TIMER: u32 = i32::MAX.unsigned_abs();

pub(super) fn now() -> SystemTime {
    web_time::SystemTime::now().to_std()
}

pub(crate) async fn sleep(duration: Duration) {
    match Instant::now().checked_add(duration) {
        Some(end) => sleep_until(end).await,
        None => std::future::pending().await,
    }
}

async fn sleep_until(end: Instant) {
    let (mut woken, wait) = oneshot::channel();
    spawn_local(async move {
        let timer = async {
            while let Some(left) = end.checked_duration_since(Instant::now()) {
                // A timer may end a little early, as it counts whole milliseconds.
                let millis = u32::try_from(left.as_millis()).unwrap_or(MAX_TIMER);
                TimeoutFuture::new(millis.saturating_add(1).min(MAX_TIMER)).await;
            }
        };
        tokio::select! {
            () = timer => {}
            () = woken.closed() => {}
        }
        // Nobody waits any more if this fails.
        let _ = woken.send(());
    });
    wait.await.expect("the task sends before it ends");
}

/// The time is over.
pub(crate) struct Elapsed;

pub(crate) async fn timeout<F: Future>(
    duration: Duration,
    future: F,
) -> Result<F::Output, Elapsed> {
    tokio::select! {
        biased;
        output = future => Ok(output),
        () = sleep(duration) => Err(Elapsed),
    }
}

pub(crate) async fn timeout_at<F: Future>(end: Instant, future: F) -> Result<F::Output, Elapsed> {
    tokio::select! {
        biased;
        output = future => Ok(output),
        () = sleep_until(end) => Err(Elapsed),
    }
}

/// A task that goes on even if nobody waits for it.
pub(crate) struct Task<T>(oneshot::Receiver<T>);

pub(crate) fn spawn<F>(future: F) -> Task<F::Output>
where
    F: Future<Output: Send> + Send + 'static,
{
    let (done, result) = oneshot::channel();
    spawn_local(async move {
        // Nobody waits for the result if this fails.
        let _ = done.send(future.await);
    });
    Task(result)
}

impl<T> Task<T> {
    /// Waits for the result; [`None`] if the task ended without one.
    pub(crate) async fn result(self) -> Option<T> {
        self.0.await.ok()
    }
}

/// Returns a number from 0 to 1.
pub(crate) fn random() -> f64 {
    js_sys::Math::random()
}

/// Whether no connection could be opened. JavaScript does not tell.
pub(crate) fn is_connect(_error: &reqwest::Error) -> bool {
    false
}
