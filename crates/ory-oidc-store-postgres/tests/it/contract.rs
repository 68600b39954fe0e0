//! What every store owes its users.

use ory_oidc::{RegistrationStore, StoreError, Version};

use crate::database::{Database, key, loaded, saved, text};

#[tokio::test]
#[ignore = "needs PostgreSQL: `make test` finds or installs it and runs this"]
async fn where_nothing_was_saved_nothing_is_loaded() {
    let store = Database::new().await.store().await;
    assert_eq!(store.load(&key("app")).await.unwrap(), None);
}

#[tokio::test]
#[ignore = "needs PostgreSQL: `make test` finds or installs it and runs this"]
async fn what_was_saved_is_loaded_by_another_process() {
    let database = Database::new().await;
    let version = saved(
        &database.store().await,
        &key("app"),
        None,
        "{\"a\":\"ü\\u0000\"}",
    )
    .await;
    let entry = loaded(&database.store().await, &key("app")).await;
    assert_eq!(entry.version, version);
    assert_eq!(entry.content, text("{\"a\":\"ü\\u0000\"}"));
}

#[tokio::test]
#[ignore = "needs PostgreSQL: `make test` finds or installs it and runs this"]
async fn a_stale_version_conflicts_and_writes_nothing() {
    let store = Database::new().await.store().await;
    let first = saved(&store, &key("app"), None, "1").await;
    let second = saved(&store, &key("app"), Some(first), "2").await;
    assert_ne!(first, second);
    for stale in [first, Version(0), Version(u64::MAX), Version(second.0 + 1)] {
        let outcome = store.save(&key("app"), Some(stale), &text("3")).await;
        assert!(matches!(outcome, Err(StoreError::Conflict)), "{outcome:?}");
    }
    let entry = loaded(&store, &key("app")).await;
    assert_eq!((entry.version, entry.content), (second, text("2")));
}

#[tokio::test]
#[ignore = "needs PostgreSQL: `make test` finds or installs it and runs this"]
async fn a_first_save_conflicts_when_there_is_an_entry() {
    let store = Database::new().await.store().await;
    let first = saved(&store, &key("app"), None, "1").await;
    let outcome = store.save(&key("app"), None, &text("2")).await;
    assert!(matches!(outcome, Err(StoreError::Conflict)), "{outcome:?}");
    let entry = loaded(&store, &key("app")).await;
    assert_eq!((entry.version, entry.content), (first, text("1")));
}

#[tokio::test]
#[ignore = "needs PostgreSQL: `make test` finds or installs it and runs this"]
async fn a_later_save_conflicts_when_there_is_no_entry() {
    let store = Database::new().await.store().await;
    let outcome = store.save(&key("app"), Some(Version(1)), &text("1")).await;
    assert!(matches!(outcome, Err(StoreError::Conflict)), "{outcome:?}");
    assert_eq!(store.load(&key("app")).await.unwrap(), None);
}

#[tokio::test]
#[ignore = "needs PostgreSQL: `make test` finds or installs it and runs this"]
async fn clear_needs_the_version_and_removes_that_entry_alone() {
    let store = Database::new().await.store().await;
    let first = saved(&store, &key("app"), None, "1").await;
    let second = saved(&store, &key("app"), Some(first), "2").await;
    let other = saved(&store, &key("other"), None, "3").await;
    for wrong in [first, other, Version(u64::MAX)] {
        let outcome = store.clear(&key("app"), wrong).await;
        assert!(matches!(outcome, Err(StoreError::Conflict)), "{outcome:?}");
    }
    assert_eq!(loaded(&store, &key("app")).await.version, second);

    store.clear(&key("app"), second).await.unwrap();
    assert_eq!(store.load(&key("app")).await.unwrap(), None);
    assert_eq!(loaded(&store, &key("other")).await.version, other);
    let again = store.clear(&key("app"), second).await;
    assert!(matches!(again, Err(StoreError::Conflict)), "{again:?}");
}

#[tokio::test]
#[ignore = "needs PostgreSQL: `make test` finds or installs it and runs this"]
async fn no_version_is_given_twice_not_even_after_clear() {
    let store = Database::new().await.store().await;
    let mut given = Vec::new();
    for _ in 0..3 {
        let first = saved(&store, &key("app"), None, "1").await;
        let second = saved(&store, &key("app"), Some(first), "1").await;
        store.clear(&key("app"), second).await.unwrap();
        let stale = store.save(&key("app"), Some(second), &text("2")).await;
        assert!(matches!(stale, Err(StoreError::Conflict)), "{stale:?}");
        given.extend([first.0, second.0]);
    }
    assert!(
        given.is_sorted_by(|earlier, later| earlier < later),
        "{given:?}"
    );
}
