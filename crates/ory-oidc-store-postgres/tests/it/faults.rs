//! What the server may do in the middle of a swap.

use std::time::Duration;

use ory_oidc::{RegistrationStore, StoreError};
use ory_oidc_store_postgres::PostgresStore;

use crate::database::{Database, execute, key, loaded, saved, shown, text};
use crate::server;
use crate::waiting::{hold_the_rows, until_one_waits_for_a_lock};

#[tokio::test]
#[ignore = "needs PostgreSQL: `make test` finds or installs it and runs this"]
async fn when_the_server_ends_the_session_the_entry_stays_and_the_store_goes_on() {
    let database = Database::new().await;
    let store = database.store().await;
    let version = saved(&store, &key("app"), None, "old").await;
    let mut holder = hold_the_rows(&database).await;
    let saving = store.clone();
    let saving =
        tokio::spawn(async move { saving.save(&key("app"), Some(version), &text("new")).await });
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
    assert_eq!((entry.version, entry.content), (version, text("old")));
    saved(&store, &key("app"), Some(version), "new").await;
}

#[tokio::test]
#[ignore = "needs PostgreSQL: `make test` finds or installs it and runs this"]
async fn a_save_has_not_succeeded_before_it_is_committed() {
    let database = Database::new().await;
    let store = database.store().await;
    let version = saved(&store, &key("app"), None, "old").await;
    let at_commit = "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql \
            AS $$ BEGIN RAISE EXCEPTION 'not today'; END $$; \
        CREATE CONSTRAINT TRIGGER at_commit AFTER UPDATE ON ory_oidc_registrations \
            DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION refuse()";
    execute(&mut database.connection().await, at_commit).await;
    let error = store
        .save(&key("app"), Some(version), &text("new"))
        .await
        .unwrap_err();
    assert!(shown(&error).contains("not today"), "{error:?}");
    assert_eq!(loaded(&store, &key("app")).await.version, version);
}

#[tokio::test]
#[ignore = "needs PostgreSQL: `make test` finds or installs it and runs this"]
async fn a_statement_that_takes_too_long_fails_and_leaves_the_pool_whole() {
    let database = Database::new().await;
    let store = database.store().await;
    let version = saved(&store, &key("app"), None, "old").await;
    let pool = database.narrow_pool(server::shared().port).await;
    let patient = PostgresStore::from_pool(pool);
    let hasty = patient.clone().time_limit(Duration::from_millis(300));
    let mut holder = hold_the_rows(&database).await;
    for _ in 0..3 {
        let error = hasty
            .save(&key("app"), Some(version), &text("new"))
            .await
            .unwrap_err();
        assert!(
            shown(&error).contains("no answer within 300ms"),
            "{error:?}"
        );
        assert_eq!(loaded(&patient, &key("app")).await.content, text("old"));
    }
    execute(&mut holder, "ROLLBACK").await;
}

#[tokio::test]
#[ignore = "needs PostgreSQL: `make test` finds or installs it and runs this"]
async fn a_caller_that_stops_waiting_leaves_the_pool_whole() {
    let database = Database::new().await;
    let version = saved(&database.store().await, &key("app"), None, "old").await;
    let store = PostgresStore::from_pool(database.narrow_pool(server::shared().port).await);
    let _holder = hold_the_rows(&database).await;
    for _ in 0..3 {
        let saving = store.clone();
        let saving =
            tokio::spawn(
                async move { saving.save(&key("app"), Some(version), &text("new")).await },
            );
        until_one_waits_for_a_lock(&database).await;
        saving.abort();
        assert!(saving.await.unwrap_err().is_cancelled());
        assert_eq!(loaded(&store, &key("app")).await.content, text("old"));
    }
}

#[tokio::test]
#[ignore = "needs PostgreSQL: `make test` finds or installs it and runs this"]
async fn the_time_that_the_url_grants_a_statement_is_kept() {
    let database = Database::new().await;
    let version = saved(&database.store().await, &key("app"), None, "old").await;
    let url = format!("{}&options[statement_timeout]=300ms", database.url());
    let store = PostgresStore::connect(&url).await.unwrap();
    let _holder = hold_the_rows(&database).await;
    let error = store
        .save(&key("app"), Some(version), &text("new"))
        .await
        .unwrap_err();
    assert!(shown(&error).contains("SQLSTATE 57014"), "{error:?}");
}

#[tokio::test]
#[ignore = "needs PostgreSQL: `make test` finds or installs it and runs this"]
async fn a_version_that_somebody_broke_is_damage() {
    let database = Database::new().await;
    let store = database.store().await;
    saved(&store, &key("app"), None, "old").await;
    let broken = "ALTER TABLE ory_oidc_registrations ALTER version DROP IDENTITY; \
        UPDATE ory_oidc_registrations SET version = -1";
    execute(&mut database.connection().await, broken).await;
    let outcome = store.load(&key("app")).await;
    assert!(
        matches!(outcome, Err(StoreError::Damaged { .. })),
        "{outcome:?}"
    );
}
