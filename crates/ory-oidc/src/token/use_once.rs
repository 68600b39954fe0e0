//! Uses up a token only if its verification returns.

use super::replay::{ReplayGuard, ReplayGuardError, TokenUse};
use tokio::runtime::Handle;

/// Records the use of a token and returns whether it is the first one. If the future is dropped, the
/// record is removed again: the provider sends a logout token again if it got no response.
pub(crate) async fn use_once<G>(guard: G, token: TokenUse) -> Result<bool, ReplayGuardError>
where
    G: ReplayGuard + Clone + 'static,
{
    // In a task of its own, since nobody knows what a dropped call to a database did.
    let recording = tokio::spawn(async move {
        let outcome = guard.first_use(&token).await;
        // A call that failed may have recorded the use. It is unknown whose record it is then.
        let recorded = matches!(outcome, Ok(true)).then(|| Recorded {
            record: Some((guard, token)),
            runtime: Handle::current(),
        });
        (outcome, recorded)
    });
    match recording.await {
        Ok((outcome, recorded)) => {
            if let Some(recorded) = recorded {
                recorded.confirm();
            }
            outcome
        }
        Err(_) => Err(ReplayGuardError::new("the runtime is shutting down")),
    }
}

/// A recorded use, which is removed unless it is confirmed.
struct Recorded<G: ReplayGuard + 'static> {
    record: Option<(G, TokenUse)>,
    runtime: Handle,
}

impl<G: ReplayGuard + 'static> Recorded<G> {
    fn confirm(mut self) {
        self.record = None;
    }
}

impl<G: ReplayGuard + 'static> Drop for Recorded<G> {
    fn drop(&mut self) {
        if let Some((guard, token)) = self.record.take() {
            self.runtime
                .spawn(async move { guard.forget(&token).await });
        }
    }
}
