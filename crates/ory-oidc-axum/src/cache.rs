//! The cache of users and of refused tokens.

use crate::outcome::{Refusal, Verified};
use crate::scopes::Scopes;
use crate::token_hash::TokenHash;
use moka::future::Cache as Moka;
use moka::policy::EvictionPolicy;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Mutex;
use tokio::time::Instant;

/// How long an entry is kept after it has expired: it still shows that Ory once accepted the token.
const KNOWN_LIFETIME: Duration = Duration::from_secs(60 * 60);
/// Longer than a verification takes.
const FORGOTTEN_LIFETIME: Duration = Duration::from_secs(60 * 60);
const MAX_FORGOTTEN: u64 = 10_000;
/// The size of the claims and scopes for which a user counts as one.
const BYTES_OF_A_USER: usize = 4 * 1024;

/// Remembers the outcome for each token. Refused tokens have a cache of their own, so that a flood of
/// them cannot displace users.
///
/// The caller decides how long an entry counts. The lifetimes here only free memory.
pub(crate) struct Cache {
    users: Moka<TokenHash, Arc<Verified>>,
    refusals: Moka<TokenHash, Refusal>,
    /// Joins concurrent callers. It stays empty, because every outcome is an error to it.
    flights: Moka<Flight, Infallible>,
    /// When tokens were forgotten: an outcome of a verification that began before does not count.
    forgotten: Moka<TokenHash, Instant>,
    /// Held while a token is forgotten or an outcome is stored.
    changing: Mutex<()>,
}

/// A verification: of which token, and after which time the token was forgotten.
type Flight = (TokenHash, Option<Instant>);

type Outcome = Result<Arc<Verified>, Refusal>;

impl Cache {
    pub(crate) fn new(max_users: u64, user_lifetime: Duration, refusal_lifetime: Duration) -> Self {
        Self {
            users: Moka::builder()
                .max_capacity(max_users)
                .weigher(|_, user: &Arc<Verified>| weight(user))
                .time_to_live(user_lifetime + KNOWN_LIFETIME)
                .build(),
            refusals: Moka::builder()
                .max_capacity(max_users)
                .time_to_live(refusal_lifetime)
                .build(),
            flights: Moka::new(1),
            forgotten: Moka::builder()
                .max_capacity(MAX_FORGOTTEN)
                .eviction_policy(EvictionPolicy::lru())
                .time_to_live(FORGOTTEN_LIFETIME)
                .build(),
            changing: Mutex::default(),
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

    /// Remembers a user, unless the token was forgotten while it was verified.
    pub(crate) async fn accept(&self, token: TokenHash, user: &Arc<Verified>) {
        let _changing = self.changing.lock().await;
        if !self.was_forgotten_since(&token, user.checked_at).await {
            self.users.insert(token, Arc::clone(user)).await;
            self.refusals.invalidate(&token).await;
        }
    }

    /// Remembers a refusal, unless the token was forgotten while it was verified. If the token is not
    /// valid, its user is forgotten.
    pub(crate) async fn refuse(&self, token: TokenHash, refusal: &Refusal, checked_at: Instant) {
        let _changing = self.changing.lock().await;
        if !refusal.reason.is_failure() {
            self.users.invalidate(&token).await;
        }
        if !self.was_forgotten_since(&token, checked_at).await {
            let refusal = Refusal {
                error: None,
                ..refusal.clone()
            };
            self.refusals.insert(token, refusal).await;
        }
    }

    pub(crate) async fn forget(&self, token: &TokenHash) {
        let _changing = self.changing.lock().await;
        self.forgotten.insert(*token, Instant::now()).await;
        self.users.invalidate(token).await;
        self.refusals.invalidate(token).await;
    }

    /// Whether a token was forgotten at this time or later.
    pub(crate) async fn was_forgotten_since(&self, token: &TokenHash, time: Instant) -> bool {
        let forgotten = self.forgotten.get(token).await;
        forgotten.is_some_and(|forgotten| forgotten >= time)
    }

    /// Runs `verify`, or waits for the outcome of the same token's verification that is running. If
    /// the caller who runs it is dropped, one of those who wait runs its own. A verification that
    /// began before the token was forgotten is not joined.
    pub(crate) async fn join<F: Future<Output = Outcome>>(
        &self,
        token: TokenHash,
        verify: impl FnOnce() -> F,
    ) -> Outcome {
        let forgotten = self.forgotten.get(&token).await;
        // In a block, since the cache would hold several copies of the future.
        let verify = async { Err(Box::pin(verify()).await) };
        let flight = self.flights.try_get_with((token, forgotten), verify);
        let Err(outcome) = flight.await;
        Outcome::clone(&outcome)
    }
}

/// Returns for how many users one counts, so that large claims cannot use up the memory.
fn weight(user: &Verified) -> u32 {
    let scopes = user.scopes.as_ref().map_or(0, Scopes::bytes);
    let bytes = user.claims.claims_json().len() + scopes;
    u32::try_from(bytes / BYTES_OF_A_USER + 1).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn user(number: usize, bytes: usize) -> (TokenHash, Arc<Verified>) {
        let claims = json!({"sub": number.to_string(), "bio": "x".repeat(bytes)});
        let claims = serde_json::from_value(claims).expect("it has a sub");
        let checked_at = Instant::now();
        let user = Arc::new(Verified {
            claims,
            scopes: None,
            checked_at,
        });
        (TokenHash::of(&number.to_string()), user)
    }

    #[tokio::test]
    async fn user_with_large_claims_counts_for_several() {
        let minute = Duration::from_secs(60);
        let cache = Cache::new(100, minute, minute);
        for number in 0..30 {
            let (token, user) = user(number, 100 * 1024);
            cache.accept(token, &user).await;
            cache.users.run_pending_tasks().await;
            assert!(cache.users.entry_count() <= 4);
        }
        let (token, user) = user(30, 100);
        assert_eq!(weight(&user), 1);
        cache.accept(token, &user).await;
        assert!(cache.user(&token).await.is_some());
    }
}
