//! Commits that fail, as they do on a full disk.

use ory_oidc::token::{ReplayGuard as _, TokenUse};
use ory_oidc_keeper::RegistrationStore as _;
use ory_oidc_keeper::store::{Content, StoreError, StoreKey};
use ory_oidc_store_sqlite::SqliteStore;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions as _, Executor as _};
use std::path::Path;
use std::time::{Duration, SystemTime};

fn key() -> StoreKey {
    StoreKey::new("https://id.example", "app")
}

async fn connect(path: &Path) -> SqliteConnection {
    let options = SqliteConnectOptions::new().filename(path);
    options.connect().await.unwrap()
}

/// Lets the commit of such a statement fail, but not the statement: the row that a trigger inserts
/// breaks a rule that is checked at the end of the transaction.
async fn let_commits_fail(database: &mut SqliteConnection, statement: &'static str) {
    let trigger = format!(
        "CREATE TABLE IF NOT EXISTS parent (id INTEGER PRIMARY KEY); \
         CREATE TABLE IF NOT EXISTS child (parent INTEGER REFERENCES parent (id) \
            DEFERRABLE INITIALLY DEFERRED); \
         CREATE TRIGGER fails AFTER {statement} BEGIN INSERT INTO child VALUES (1); END"
    );
    let trigger = sqlx::raw_sql(sqlx::AssertSqlSafe(trigger));
    database.execute(trigger).await.unwrap();
}

async fn let_commits_succeed(database: &mut SqliteConnection) {
    database.execute("DROP TRIGGER fails").await.unwrap();
}

#[tokio::test]
async fn a_change_whose_commit_fails_is_an_error_and_not_made() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ory.sqlite");
    let store = SqliteStore::open(&path).await.unwrap();
    let mut database = connect(&path).await;
    let failed = |result: Result<_, StoreError>| {
        assert!(
            matches!(result, Err(StoreError::Unavailable { .. })),
            "{result:?}"
        );
    };

    let_commits_fail(&mut database, "INSERT ON ory_oidc_registrations").await;
    failed(store.save(&key(), None, &Content::new("1")).await.map(drop));
    assert_eq!(store.load(&key()).await.unwrap(), None);

    let_commits_succeed(&mut database).await;
    let version = store.save(&key(), None, &Content::new("1")).await.unwrap();
    let_commits_fail(&mut database, "INSERT ON ory_oidc_registrations").await;
    let saved = store.save(&key(), Some(version), &Content::new("2")).await;
    failed(saved.map(drop));
    let entry = store.load(&key()).await.unwrap().expect("it is unchanged");
    assert_eq!((entry.version, entry.content.expose()), (version, "1"));

    let_commits_succeed(&mut database).await;
    let_commits_fail(&mut database, "DELETE ON ory_oidc_registrations").await;
    failed(store.clear(&key(), version).await);
    assert!(store.load(&key()).await.unwrap().is_some());
}

/// A full disk ends the transaction.
#[tokio::test]
async fn changes_succeed_again_after_the_database_has_ended_transactions() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ory.sqlite");
    let store = SqliteStore::open(&path).await.unwrap();
    let mut version = store.save(&key(), None, &Content::new("0")).await.unwrap();
    let mut database = connect(&path).await;
    let full = "CREATE TRIGGER fails BEFORE INSERT ON ory_oidc_registrations \
        BEGIN SELECT RAISE(ROLLBACK, 'the disk is full'); END";
    database.execute(full).await.unwrap();
    let content = Content::new("1");
    // More than there are connections.
    for _ in 0..8 {
        let saved = store.save(&key(), Some(version), &content).await;
        assert!(matches!(saved, Err(StoreError::Unavailable { .. })));
    }
    let_commits_succeed(&mut database).await;
    for _ in 0..8 {
        let saved = store.save(&key(), Some(version), &content).await;
        version = saved.unwrap();
    }
}

#[tokio::test]
async fn a_token_whose_use_is_not_committed_is_not_accepted() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ory.sqlite");
    let guard = SqliteStore::open(&path).await.unwrap().replay_guard();
    let mut database = connect(&path).await;
    let_commits_fail(&mut database, "INSERT ON ory_oidc_used_tokens").await;
    let until = SystemTime::now() + Duration::from_mins(2);
    let token = TokenUse::new("https://id.example", "a", until);
    assert!(guard.first_use(&token).await.is_err());

    let_commits_succeed(&mut database).await;
    assert!(guard.first_use(&token).await.unwrap());
}
