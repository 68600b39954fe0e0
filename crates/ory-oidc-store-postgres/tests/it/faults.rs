//! Failures of the server in the middle of a save.

use std::time::Duration;

use ory_oidc_keeper::store::{RegistrationStore, StoreError};
use ory_oidc_store_postgres::PostgresStore;

use crate::database::{Database, content, execute, key, loaded, saved, shown};
use crate::waiting::{lock_the_rows, until_one_waits_for_a_lock};

#[tokio::test]
#[ignore = "needs PostgreSQL: `make test` finds or installs it and runs this"]
async fn a_session_that_the_server_ends_leaves_the_entry_and_a_working_store() {
    let database = Database::new().await;
    let store = database.store().await;
    let version = saved(&store, &key("app"), None, "old").await;
    let mut holder = lock_the_rows(&database).await;
    let saving = store.clone();
    let saving = tokio::spawn(async move {
        saving
            .save(&key("app"), Some(version), &content("new"))
            .await
    });
    let process = until_one_waits_for_a_lock(&database).await;
    execute(
        &mut holder,
        &format!("SELECT pg_terminate_backend({process})"),
    )
    .await;

    let error = saving.await.unwrap().unwrap_err();
    assert!(matches!(error, StoreError::Unavailable { .. }), "{error:?}");
    assert!(shown(&error).contains("SQLSTATE 57P01"), "{error:?}");
    execute(&mut holder, "ROLLBACK").await;
    let entry = loaded(&store, &key("app")).await;
    assert_eq!((entry.version, entry.content), (version, content("old")));
    saved(&store, &key("app"), Some(version), "new").await;
}

#[tokio::test]
#[ignore = "needs PostgreSQL: `make test` finds or installs it and runs this"]
async fn a_save_that_fails_at_commit_is_an_error() {
    let database = Database::new().await;
    let store = database.store().await;
    let version = saved(&store, &key("app"), None, "old").await;
    let at_commit = "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql \
            AS $$ BEGIN RAISE EXCEPTION 'not today'; END $$; \
        CREATE CONSTRAINT TRIGGER at_commit AFTER UPDATE ON ory_oidc_registrations \
            DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION refuse()";
    execute(&mut database.connection().await, at_commit).await;
    let error = store
        .save(&key("app"), Some(version), &content("new"))
        .await
        .unwrap_err();
    assert!(shown(&error).contains("not today"), "{error:?}");
    assert_eq!(loaded(&store, &key("app")).await.version, version);
}

#[tokio::test]
#[ignore = "needs PostgreSQL: `make test` finds or installs it and runs this"]
async fn a_statement_that_takes_too_long_fails_and_does_not_exhaust_the_pool() {
    let database = Database::new().await;
    let store = database.store().await;
    let version = saved(&store, &key("app"), None, "old").await;
    let pool = database.narrow_pool(database.port()).await;
    let patient = PostgresStore::from_pool(pool);
    let hasty = patient.clone().with_timeout(Duration::from_millis(300));
    let mut holder = lock_the_rows(&database).await;
    for _ in 0..3 {
        let error = hasty
            .save(&key("app"), Some(version), &content("new"))
            .await
            .unwrap_err();
        assert!(
            shown(&error).contains("no response within 300ms"),
            "{error:?}"
        );
        assert_eq!(loaded(&patient, &key("app")).await.content, content("old"));
    }
    execute(&mut holder, "ROLLBACK").await;
}

#[tokio::test]
#[ignore = "needs PostgreSQL: `make test` finds or installs it and runs this"]
async fn a_dropped_save_does_not_exhaust_the_pool() {
    let database = Database::new().await;
    let version = saved(&database.store().await, &key("app"), None, "old").await;
    let store = PostgresStore::from_pool(database.narrow_pool(database.port()).await);
    let _holder = lock_the_rows(&database).await;
    for _ in 0..3 {
        let saving = store.clone();
        let saving = tokio::spawn(async move {
            saving
                .save(&key("app"), Some(version), &content("new"))
                .await
        });
        until_one_waits_for_a_lock(&database).await;
        saving.abort();
        assert!(saving.await.unwrap_err().is_cancelled());
        assert_eq!(loaded(&store, &key("app")).await.content, content("old"));
    }
}

#[tokio::test]
#[ignore = "needs PostgreSQL: `make test` finds or installs it and runs this"]
async fn the_statement_timeout_of_the_url_is_used() {
    let database = Database::new().await;
    let version = saved(&database.store().await, &key("app"), None, "old").await;
    let url = format!("{}&options[statement_timeout]=300ms", database.url());
    let store = PostgresStore::connect(&url).await.unwrap();
    let _holder = lock_the_rows(&database).await;
    let error = store
        .save(&key("app"), Some(version), &content("new"))
        .await
        .unwrap_err();
    assert!(shown(&error).contains("SQLSTATE 57014"), "{error:?}");
}
