//! The size of an entry.

use ory_oidc_keeper::store::{RegistrationStore, StoreError};

use crate::database::{Database, content, execute, key, loaded, saved};

#[tokio::test]
#[ignore = "needs PostgreSQL: `make test` finds or installs it and runs this"]
async fn a_row_that_grew_is_refused_by_its_size() {
    let database = Database::new().await;
    let store = database.store().await;
    saved(&store, &key("app"), None, "old").await;
    let grow = "UPDATE ory_oidc_registrations SET content = repeat('zebra', 20000000)";
    execute(&mut database.connection().await, grow).await;
    let error = store.load(&key("app")).await.unwrap_err();
    let StoreError::Damaged { reason, .. } = &error else {
        panic!("{error:?}")
    };
    assert_eq!(
        reason,
        "its content has 100000000 bytes, and the limit is 16777216"
    );
}

#[tokio::test]
#[ignore = "needs PostgreSQL: `make test` finds or installs it and runs this"]
async fn an_entry_up_to_the_limit_is_saved_and_a_longer_one_is_not() {
    let store = Database::new().await.store().await;
    let longest = "x".repeat(16 << 20);
    let version = saved(&store, &key("app"), None, &longest).await;
    let longer = content(&(longest + "x"));
    for (name, expected) in [("app", Some(version)), ("other", None)] {
        let error = store.save(&key(name), expected, &longer).await.unwrap_err();
        let StoreError::Refused { reason, .. } = &error else {
            panic!("{error:?}")
        };
        assert_eq!(
            reason,
            "its content has 16777217 bytes, and the limit is 16777216"
        );
    }
    let entry = loaded(&store, &key("app")).await;
    assert_eq!(
        (entry.version, entry.content.expose().len()),
        (version, 16 << 20)
    );
}
