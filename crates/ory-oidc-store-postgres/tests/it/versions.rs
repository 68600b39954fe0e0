//! The versions of entries.

use ory_oidc_keeper::store::{RegistrationStore, StoreError};

use crate::database::{Database, execute, key, saved};

#[tokio::test]
#[ignore = "needs PostgreSQL: `make test` finds or installs it and runs this"]
async fn versions_increase_even_after_an_entry_was_cleared() {
    let store = Database::new().await.store().await;
    let mut versions = Vec::new();
    for _ in 0..3 {
        let first = saved(&store, &key("app"), None, "1").await;
        let second = saved(&store, &key("app"), Some(first), "1").await;
        store.clear(&key("app"), second).await.unwrap();
        versions.extend([first.0, second.0]);
    }
    assert!(
        versions.is_sorted_by(|earlier, later| earlier < later),
        "{versions:?}"
    );
}

#[tokio::test]
#[ignore = "needs PostgreSQL: `make test` finds or installs it and runs this"]
async fn a_negative_version_is_damaged() {
    let database = Database::new().await;
    let store = database.store().await;
    saved(&store, &key("app"), None, "old").await;
    let negative = "ALTER TABLE ory_oidc_registrations ALTER version DROP IDENTITY; \
        UPDATE ory_oidc_registrations SET version = -1";
    execute(&mut database.connection().await, negative).await;
    let outcome = store.load(&key("app")).await;
    assert!(
        matches!(outcome, Err(StoreError::Damaged { .. })),
        "{outcome:?}"
    );
}
