//! The cache of users and of refused tokens.

use crate::outcome::{Refusal, Verified};
use crate::token_hash::TokenHash;
use moka::future::Cache as Moka;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// Remembers the outcome for each token. Refused tokens have a cache of their own, so that a flood of
/// them cannot displace users.
///
/// The caller decides how long an entry counts. The lifetimes here only free memory.
pub(crate) struct Cache {
    users: Moka<TokenHash, Arc<Verified>>,
    refusals: Moka<TokenHash, Refusal>,
    /// Joins concurrent callers. It stays empty, because every outcome is an error to it.
    flights: Moka<TokenHash, Infallible>,
}

type Outcome = Result<Arc<Verified>, Refusal>;

impl Cache {
    pub(crate) fn new(max_users: u64, user_lifetime: Duration, refusal_lifetime: Duration) -> Self {
        Self {
            users: Moka::builder()
                .max_capacity(max_users)
                .time_to_live(user_lifetime)
                .build(),
            refusals: Moka::builder()
                .max_capacity(max_users)
                .time_to_live(refusal_lifetime)
                .build(),
            flights: Moka::new(1),
        }
    }

    /// Returns what Ory last said about the user of a token, however old it is.
    pub(crate) async fn user(&self, token: &TokenHash) -> Option<Arc<Verified>> {
        self.users.get(token).await
    }

    /// Returns the refusal of a token, unless the token may be verified again.
    pub(crate) async fn refusal(&self, token: &TokenHash) -> Option<Refusal> {
        let refusal = self.refusals.get(token).await?;
        (Instant::now() < refusal.until).then_some(refusal)
    }

    pub(crate) async fn accept(&self, token: TokenHash, user: &Arc<Verified>) {
        self.users.insert(token, Arc::clone(user)).await;
        self.refusals.invalidate(&token).await;
    }

    /// Remembers a refusal. If the token is not valid, its user is forgotten.
    pub(crate) async fn refuse(&self, token: TokenHash, refusal: &Refusal) {
        if !refusal.reason.is_failure() {
            self.users.invalidate(&token).await;
        }
        let refusal = Refusal {
            error: None,
            ..refusal.clone()
        };
        self.refusals.insert(token, refusal).await;
    }

    pub(crate) async fn forget(&self, token: &TokenHash) {
        self.users.invalidate(token).await;
        self.refusals.invalidate(token).await;
    }

    /// Runs `verify`, or waits for the outcome of the same token's verification that is running. If
    /// the caller who runs it is dropped, one of those who wait runs its own.
    pub(crate) async fn join(
        &self,
        token: TokenHash,
        verify: impl Future<Output = Outcome>,
    ) -> Outcome {
        let flight = self
            .flights
            .try_get_with(token, async { Err(verify.await) });
        let Err(outcome) = flight.await;
        Outcome::clone(&outcome)
    }
}
