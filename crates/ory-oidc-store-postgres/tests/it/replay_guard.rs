//! The replay guard.

mod expiry;
mod faults;

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use ory_oidc::token::{ReplayGuard, TokenUse};
use ory_oidc_store_postgres::PostgresReplayGuard;
use tokio::sync::Barrier;
use tokio::task::JoinSet;

use crate::database::{Database, execute, number};

const ISSUER: &str = "https://slug.projects.oryapis.com";
const COUNT: &str = "SELECT count(*) FROM ory_oidc_used_tokens";
const EXPIRE: &str = "UPDATE ory_oidc_used_tokens SET remember_until = now() - interval '1 second'";

impl Database {
    /// Opens a guard, with its tables.
    async fn guard(&self) -> PostgresReplayGuard {
        let guard = PostgresReplayGuard::connect(&self.url()).await.unwrap();
        guard.migrate().await.unwrap();
        guard
    }

    /// Counts the rows, expired ones included.
    async fn uses(&self) -> i64 {
        number(&mut self.connection().await, COUNT).await
    }

    /// Lets all rows expire.
    async fn expire(&self) {
        execute(&mut self.connection().await, EXPIRE).await;
    }
}

fn token(jti: &str) -> TokenUse {
    of(ISSUER, jti)
}

fn of(issuer: &str, jti: &str) -> TokenUse {
    let until = SystemTime::now() + Duration::from_mins(2);
    TokenUse::new(issuer, jti, until)
}

async fn is_first(guard: &PostgresReplayGuard, token: &TokenUse) -> bool {
    guard.first_use(token).await.unwrap()
}

/// Counts how many of 50 concurrent calls, spread over the guards, are the first use.
async fn winners(guards: &[PostgresReplayGuard], token: &TokenUse) -> usize {
    const CALLS: usize = 50;
    let start = Arc::new(Barrier::new(CALLS));
    let mut calls = JoinSet::new();
    for guard in guards.iter().cycle().take(CALLS) {
        let (guard, token, start) = (guard.clone(), token.clone(), Arc::clone(&start));
        calls.spawn(async move {
            start.wait().await;
            is_first(&guard, &token).await
        });
    }
    let told = calls.join_all().await;
    assert_eq!(told.len(), CALLS);
    told.into_iter().filter(|first| *first).count()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
#[ignore = "needs PostgreSQL: `make test` finds or installs it and runs this"]
async fn one_of_fifty_concurrent_calls_on_two_guards_is_the_first_use() {
    for level in ["read committed", "repeatable read", "serializable"] {
        let database = Database::with_isolation(level).await;
        let (store, own) = (database.store().await, database.guard().await);
        for round in 0..10 {
            let token = token(&round.to_string());
            // One of them is new, so it deletes expired rows meanwhile.
            let guards = [own.clone(), store.replay_guard()];
            assert_eq!(winners(&guards, &token).await, 1, "{level}");
            // An expired row is taken over by one call, too.
            database.expire().await;
            let guards = [own.clone(), store.replay_guard()];
            assert_eq!(winners(&guards, &token).await, 1, "{level}");
        }
    }
}

#[tokio::test]
#[ignore = "needs PostgreSQL: `make test` finds or installs it and runs this"]
async fn a_use_is_known_to_every_guard_of_the_database() {
    let database = Database::new().await;
    let store = database.store().await;
    let guard = store.replay_guard();
    assert!(is_first(&guard, &token("1")).await);
    for other in [
        guard.clone(),
        store.replay_guard(),
        PostgresReplayGuard::from_pool(database.pool().await),
        database.guard().await,
    ] {
        assert!(!is_first(&other, &token("1")).await, "{other:?}");
    }
    assert_eq!(database.uses().await, 1);
}

#[tokio::test]
#[ignore = "needs PostgreSQL: `make test` finds or installs it and runs this"]
async fn issuer_and_jti_are_separate() {
    let guard = Database::new().await.guard().await;
    let tokens = [
        ("ab", "c"),
        ("a", "bc"),
        ("abc", ""),
        ("", "abc"),
        ("c", "ab"),
        ("", ""),
    ];
    for (issuer, jti) in tokens {
        assert!(is_first(&guard, &of(issuer, jti)).await, "{issuer}+{jti}");
    }
    for (issuer, jti) in tokens {
        assert!(!is_first(&guard, &of(issuer, jti)).await, "{issuer}+{jti}");
    }
}

#[tokio::test]
#[ignore = "needs PostgreSQL: `make test` finds or installs it and runs this"]
async fn issuers_and_jtis_of_any_characters_and_length_are_independent() {
    let guard = Database::new().await.guard().await;
    let long = "0123456789abcdef".repeat(65_536);
    let mut names: Vec<String> = [
        "token",
        "Token",
        "token ",
        "token\0",
        "\0token",
        "\0",
        "\\000",
        "\\x00",
        "t'o\"k`; DROP TABLE ory_oidc_used_tokens; --",
        "$1",
        "ä",
        "a\u{308}",
        "🦓",
    ]
    .map(str::to_owned)
    .into();
    names.extend([format!("{long}1"), format!("{long}2"), format!("{long}\0")]);
    for (nth, name) in names.iter().enumerate() {
        let token = token(name);
        assert!(is_first(&guard, &token).await, "number {nth}");
        assert!(!is_first(&guard, &token).await, "number {nth}");
    }
    for (nth, issuer) in names.iter().enumerate() {
        let token = of(issuer, "token");
        assert!(is_first(&guard, &token).await, "number {nth}");
        assert!(!is_first(&guard, &token).await, "number {nth}");
    }
}

#[tokio::test]
#[ignore = "needs PostgreSQL: `make test` finds or installs it and runs this"]
async fn an_expired_use_is_forgotten_once() {
    let database = Database::new().await;
    let guard = database.guard().await;
    assert!(is_first(&guard, &token("1")).await);
    assert!(is_first(&guard, &token("2")).await);
    database.expire().await;
    assert!(is_first(&guard, &token("1")).await);
    assert!(!is_first(&guard, &token("1")).await);
    // The row was taken over, not added.
    assert_eq!(database.uses().await, 2);
}

#[tokio::test]
#[ignore = "needs PostgreSQL: `make test` finds or installs it and runs this"]
async fn a_use_is_remembered_for_its_remaining_time_and_a_replay_does_not_change_that() {
    const LEFT: &str = "SELECT floor(extract(epoch FROM remember_until - now()))::bigint \
        FROM ory_oidc_used_tokens";
    let database = Database::new().await;
    let guard = database.guard().await;
    let mut connection = database.connection().await;
    let in_an_hour = SystemTime::now() + Duration::from_hours(1);
    assert!(is_first(&guard, &TokenUse::new(ISSUER, "1", in_an_hour)).await);
    let past = SystemTime::now() - Duration::from_hours(1);
    for again in [SystemTime::now() + Duration::from_hours(9), past] {
        assert!(!is_first(&guard, &TokenUse::new(ISSUER, "1", again)).await);
        let left = number(&mut connection, LEFT).await;
        assert!((1..=3600).contains(&left), "{left}");
    }
}

#[tokio::test]
#[ignore = "needs PostgreSQL: `make test` finds or installs it and runs this"]
async fn an_expired_token_is_not_remembered() {
    let guard = Database::new().await.guard().await;
    let past = TokenUse::new(ISSUER, "1", SystemTime::UNIX_EPOCH);
    assert!(is_first(&guard, &past).await);
    assert!(is_first(&guard, &token("1")).await);
    assert!(!is_first(&guard, &past).await);
}

#[tokio::test]
#[ignore = "needs PostgreSQL: `make test` finds or installs it and runs this"]
async fn a_forgotten_use_can_be_made_again() {
    let guard = Database::new().await.guard().await;
    assert!(is_first(&guard, &token("1")).await);
    assert!(is_first(&guard, &token("2")).await);
    guard.forget(&token("1")).await.unwrap();
    guard.forget(&token("never used")).await.unwrap();
    assert!(is_first(&guard, &token("1")).await);
    assert!(!is_first(&guard, &token("2")).await);
}
