//! Lets one task of this process change the registration at a time.

use crate::error::KeeperError;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;
use tokio::sync::OwnedMutexGuard;

/// The right to change the registration, within this process. The versions in the store give it to
/// one of several processes.
pub(crate) type Pass = OwnedMutexGuard<()>;

/// Which errors a caller shares with those who wait, and takes over from others.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Sharing {
    /// Those of a server or a store that does not answer.
    Outages,
    /// Also an unknown outcome: who waits to register would register another client. And that other
    /// processes kept changing the registration: who waits would wait as long again.
    UnknownOutcomes,
}

impl Sharing {
    fn includes(self, error: &KeeperError) -> bool {
        let others = matches!(
            error,
            KeeperError::OutcomeUnknown { .. } | KeeperError::Busy
        );
        error.is_outage() || (others && self == Self::UnknownOutcomes)
    }
}

/// Lets one caller in at a time.
#[derive(Default)]
pub(crate) struct Gate {
    lock: Arc<tokio::sync::Mutex<()>>,
    last_failure: Mutex<Option<(Instant, KeeperError)>>,
}

impl Gate {
    /// Waits until nobody else is in.
    ///
    /// # Errors
    /// The error of another caller who failed meanwhile, because the server or the store does not
    /// answer. Those who wait would wait for the same failure, one after the other.
    pub(crate) async fn enter(&self, sharing: Sharing) -> Result<Pass, KeeperError> {
        let arrived = Instant::now();
        let pass = Arc::clone(&self.lock).lock_owned().await;
        let last_failure = self.last_failure();
        match &*last_failure {
            Some((when, error)) if *when >= arrived && sharing.includes(error) => {
                Err(error.clone())
            }
            _ => Ok(pass),
        }
    }

    /// Enters if nobody else is in.
    pub(crate) fn try_enter(&self) -> Option<Pass> {
        Arc::clone(&self.lock).try_lock_owned().ok()
    }

    /// Shares an error with those who wait, before the caller leaves.
    pub(crate) fn share(&self, sharing: Sharing, error: &KeeperError) {
        if sharing.includes(error) {
            *self.last_failure() = Some((Instant::now(), error.clone()));
        }
    }

    fn last_failure(&self) -> std::sync::MutexGuard<'_, Option<(Instant, KeeperError)>> {
        let guard = self.last_failure.lock();
        guard.unwrap_or_else(PoisonError::into_inner)
    }
}
