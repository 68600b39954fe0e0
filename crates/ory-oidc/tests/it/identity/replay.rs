//! A guard in memory accepts each token once, and forgets tokens that are refused for their age.

use ory_oidc::token::{MemoryReplayGuard, ReplayGuard, TokenUse};
use std::time::{Duration, SystemTime};

/// The time between two clean-ups of the guard.
const CLEANUP_INTERVAL: Duration = Duration::from_secs(60);

async fn is_first(guard: &MemoryReplayGuard, issuer: &str, jti: &str, until: SystemTime) -> bool {
    let token = TokenUse::new(issuer, jti, until);
    guard
        .first_use(&token)
        .await
        .expect("a guard in memory always answers")
}

#[tokio::test]
async fn token_is_accepted_once_per_issuer() {
    let guard = MemoryReplayGuard::new();
    let soon = SystemTime::now() + CLEANUP_INTERVAL;
    assert!(is_first(&guard, "a", "1", soon).await);
    assert!(!is_first(&guard, "a", "1", soon).await);
    assert!(!is_first(&guard.clone(), "a", "1", soon).await);
    assert!(is_first(&guard, "a", "2", soon).await);
    assert!(is_first(&guard, "b", "1", soon).await);
}

#[tokio::test(start_paused = true)]
async fn only_expired_entries_are_removed_by_the_next_clean_up() {
    let guard = MemoryReplayGuard::new();
    let now = SystemTime::now();
    let (past, future) = (now - CLEANUP_INTERVAL, now + 1000 * CLEANUP_INTERVAL);
    assert!(is_first(&guard, "a", "expired", past).await);
    assert!(is_first(&guard, "a", "valid", future).await);
    // Before the clean-up, both are known.
    assert!(!is_first(&guard, "a", "expired", past).await);
    tokio::time::advance(CLEANUP_INTERVAL).await;
    assert!(!is_first(&guard, "a", "valid", future).await);
    assert!(is_first(&guard, "a", "expired", past).await);
}
