//! The replay guard.

use ory_oidc::token::{ReplayGuard, TokenUse};
use ory_oidc_store_sqlite::{SqliteReplayGuard, SqliteStore};
use std::sync::Arc;
use std::time::{Duration, SystemTime};
use tempfile::TempDir;
use tokio::sync::Barrier;
use tokio::task::JoinSet;

const ISSUER: &str = "https://slug.projects.oryapis.com";

async fn guard(folder: &TempDir) -> SqliteReplayGuard {
    let path = folder.path().join("ory.sqlite");
    SqliteReplayGuard::open(path).await.unwrap()
}

fn token(jti: &str, remembered: Duration) -> TokenUse {
    TokenUse::new(ISSUER, jti, SystemTime::now() + remembered)
}

#[tokio::test]
async fn a_token_is_used_once_until_it_is_forgotten() {
    let folder = tempfile::tempdir().unwrap();
    let (guard, other) = (guard(&folder).await, guard(&folder).await);
    let (a, b) = (
        token("a\0b", Duration::from_mins(2)),
        token("a\0c", Duration::from_mins(2)),
    );
    assert!(guard.first_use(&a).await.unwrap());
    assert!(!other.first_use(&a).await.unwrap());
    assert!(
        other.first_use(&b).await.unwrap(),
        "what follows a NUL character counts"
    );
    let elsewhere = TokenUse::new("https://id.example", "a\0b", a.remember_until());
    assert!(guard.first_use(&elsewhere).await.unwrap());
    guard.forget(&a).await.unwrap();
    assert!(other.first_use(&a).await.unwrap());
}

#[tokio::test]
async fn a_token_that_has_expired_is_forgotten() {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(folder.path().join("ory.sqlite"))
        .await
        .unwrap();
    let guard = store.replay_guard();
    let past = TokenUse::new(ISSUER, "past", SystemTime::now() - Duration::from_secs(1));
    assert!(guard.first_use(&past).await.unwrap());
    assert!(guard.first_use(&past).await.unwrap());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn one_of_fifty_concurrent_calls_is_the_first_use() {
    const CALLS: usize = 50;
    let folder = tempfile::tempdir().unwrap();
    let guards = [guard(&folder).await, guard(&folder).await];
    let start = Arc::new(Barrier::new(CALLS));
    let mut calls = JoinSet::new();
    for guard in guards.iter().cycle().take(CALLS) {
        let (guard, start) = (guard.clone(), Arc::clone(&start));
        calls.spawn(async move {
            start.wait().await;
            guard
                .first_use(&token("one", Duration::from_mins(2)))
                .await
                .unwrap()
        });
    }
    let told = calls.join_all().await;
    assert_eq!(told.into_iter().filter(|first| *first).count(), 1);
}
