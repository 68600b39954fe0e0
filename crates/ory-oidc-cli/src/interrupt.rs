//! Interruptions: in the middle of a change, and at a prompt.

use crate::output::notice;
use std::pin::pin;
use std::process::exit;
use std::sync::{Mutex, PoisonError};
use tokio::select;
use tokio::task::AbortHandle;

/// The exit code of a program that Ctrl-C has ended, in most shells.
pub(crate) const INTERRUPTED: i32 = 130;

/// The task that ends the program at a signal while no change is under way.
static EXIT: Mutex<Option<AbortHandle>> = Mutex::new(None);

fn replace_exit(task: Option<AbortHandle>) {
    let mut exit = EXIT.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(old) = std::mem::replace(&mut *exit, task) {
        old.abort();
    }
}

/// Waits for a change that may return new credentials. An interruption lets it finish and be stored; a
/// second one ends the program at once.
pub(crate) async fn finish<T>(change: impl Future<Output = T>) -> T {
    let mut change = pin!(change);
    let mut interruptions = Interruptions::new();
    loop {
        select! {
            done = &mut change => {
                interruptions.end();
                return done;
            }
            () = interruptions.next() => {}
        }
    }
}

/// Ctrl-C and, on Unix, SIGTERM. A terminal that closes (SIGHUP) is no interruption, as `nohup` may
/// have been used; it does not end a change, either.
pub(crate) struct Interruptions {
    signals: Signals,
    was_interrupted: bool,
}

impl Interruptions {
    /// From here on, a signal does not end the program.
    pub(crate) fn new() -> Self {
        Self {
            signals: Signals::hold(),
            was_interrupted: false,
        }
    }

    pub(crate) fn was_interrupted(&self) -> bool {
        self.was_interrupted
    }

    /// From here on, a signal ends the program again.
    pub(crate) fn end(self) {
        self.signals.exit_after(|| {});
    }

    /// Waits for an interruption, and says that the program goes on for a moment. The second
    /// interruption ends the program.
    pub(crate) async fn next(&mut self) {
        self.signals.next().await;
        if self.was_interrupted {
            exit(INTERRUPTED);
        }
        self.was_interrupted = true;
        notice(
            "finishing what has begun, so that no credentials are lost; interrupt again to stop at \
             once",
        );
    }
}

impl Signals {
    /// From here on, a signal does not end the program.
    pub(crate) fn hold() -> Self {
        replace_exit(None);
        Self::new()
    }

    /// Lets a signal end the program again, but first calls this.
    pub(crate) fn exit_after(mut self, last: impl FnOnce() + Send + 'static) {
        let task = tokio::spawn(async move {
            self.next().await;
            last();
            exit(INTERRUPTED);
        });
        replace_exit(Some(task.abort_handle()));
    }
}

#[cfg(unix)]
pub(crate) struct Signals {
    interruptions: Vec<tokio::signal::unix::Signal>,
    /// It ends the program unless somebody listens.
    _hangup: Option<tokio::signal::unix::Signal>,
}

#[cfg(unix)]
impl Signals {
    fn new() -> Self {
        use tokio::signal::unix::{SignalKind, signal};

        let kinds = [SignalKind::interrupt(), SignalKind::terminate()];
        Self {
            interruptions: kinds.into_iter().flat_map(signal).collect(),
            _hangup: signal(SignalKind::hangup()).ok(),
        }
    }

    async fn next(&mut self) {
        std::future::poll_fn(|context| {
            let mut signals = self.interruptions.iter_mut();
            let arrived = signals.any(|signal| signal.poll_recv(context).is_ready());
            if arrived {
                std::task::Poll::Ready(())
            } else {
                std::task::Poll::Pending
            }
        })
        .await;
    }
}

#[cfg(not(unix))]
pub(crate) struct Signals;

#[cfg(not(unix))]
impl Signals {
    fn new() -> Self {
        Self
    }

    async fn next(&mut self) {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
