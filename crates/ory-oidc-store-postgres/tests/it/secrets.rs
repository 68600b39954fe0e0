//! Errors, logs and `Debug` show neither a password nor an entry.

use std::env;
use std::error::Error;
use std::process::Command;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use log::{LevelFilter, Log, Metadata, Record};
use ory_oidc_keeper::store::{RegistrationStore, StoreError};
use ory_oidc_store_postgres::sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use ory_oidc_store_postgres::{DatabaseError, PostgresStore};

use crate::database::{Database, content, execute, key, saved, shown};
use ory_oidc_test_servers::postgres::PASSWORD;

fn assert_hides(shown: &str) {
    assert!(!shown.contains("zebra"), "{shown}");
}

#[tokio::test]
#[ignore = "needs PostgreSQL: `make test` finds or installs it and runs this"]
async fn the_error_for_a_wrong_password_does_not_show_it() {
    let url = Database::new().await.url().replace("zebra", "other-zebra");
    let error = PostgresStore::connect(&url).await.unwrap_err();
    assert!(
        error.to_string().starts_with("PostgreSQL at 127.0.0.1:"),
        "{error}"
    );
    assert_eq!(error.sqlstate(), Some("28P01"));
    assert_hides(&shown(&error));
    let error = StoreError::from(error);
    let StoreError::Unavailable { place, source } = &error else {
        panic!("{error:?}")
    };
    assert!(place.starts_with("PostgreSQL at 127.0.0.1:"), "{place}");
    let source = source.downcast_ref::<DatabaseError>().unwrap();
    assert_eq!(source.sqlstate(), Some("28P01"));
    assert_hides(&shown(&error));
}

#[tokio::test]
async fn the_error_for_an_unreachable_server_does_not_show_the_password() {
    let nowhere = "postgres://app:zebra@nowhere.invalid/app";
    let error = PostgresStore::connect(nowhere).await.unwrap_err();
    assert_eq!(error.sqlstate(), None);
    assert!(error.to_string().contains("nowhere.invalid"), "{error}");
    assert_hides(&shown(&error));

    let closed: PgConnectOptions = "postgres://app:zebra@127.0.0.1:1/app".parse().unwrap();
    let pool = PgPoolOptions::new().acquire_timeout(Duration::from_millis(300));
    let store = PostgresStore::from_pool(pool.connect_lazy_with(closed));
    let error = store.load(&key("app")).await.unwrap_err();
    assert!(matches!(error, StoreError::Unavailable { .. }), "{error:?}");
    assert_hides(&shown(&error));
    assert_hides(&format!("{store:?} {store:#?}"));
}

#[tokio::test]
#[ignore = "needs PostgreSQL: `make test` finds or installs it and runs this"]
async fn an_error_that_quotes_a_row_does_not_show_it() {
    let database = Database::new().await;
    let store = database.store().await;
    let check = "ALTER TABLE ory_oidc_registrations ADD CHECK (content NOT LIKE '%zebra%')";
    execute(&mut database.connection().await, check).await;
    let error = store
        .save(&key("app"), None, &content("zebra"))
        .await
        .unwrap_err();
    let source = error
        .source()
        .unwrap()
        .downcast_ref::<DatabaseError>()
        .unwrap();
    assert_eq!(source.sqlstate(), Some("23514"));
    assert_hides(&shown(&error));
}

/// All lines that the process logs.
struct Lines(Mutex<String>);

impl Log for Lines {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &Record<'_>) {
        let line = format!("{} {}\n", record.target(), record.args());
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push_str(&line);
    }

    fn flush(&self) {}
}

#[tokio::test]
#[ignore = "needs PostgreSQL: `make test` finds or installs it and runs this"]
async fn only_the_apps_pool_logs_statements_and_no_values() {
    static LINES: Lines = Lines(Mutex::new(String::new()));
    const ALONE: &str = "ORY_OIDC_TEST_ALONE";
    if env::var_os(ALONE).is_none() {
        // Other tests of the same process would log, too.
        let test = Command::new(env::current_exe().unwrap())
            .args([
                "--exact",
                "secrets::only_the_apps_pool_logs_statements_and_no_values",
            ])
            .arg("--include-ignored")
            .env(ALONE, "1")
            .output()
            .unwrap();
        assert!(
            test.status.success(),
            "{}",
            String::from_utf8_lossy(&test.stdout)
        );
        return;
    }
    let database = Database::new().await;
    log::set_logger(&LINES).unwrap();
    log::set_max_level(LevelFilter::Trace);

    let stores = [
        database.store().await,
        PostgresStore::from_pool(database.pool().await),
    ];
    for (name, store) in ["own", "apps"].into_iter().zip(stores) {
        let before = LINES
            .0
            .lock()
            .unwrap()
            .matches("INSERT INTO ory_oidc_reg")
            .count();
        let key = key(name);
        let first = saved(&store, &key, None, "zebra").await;
        let second = saved(&store, &key, Some(first), "other-zebra").await;
        store
            .save(&key, Some(first), &content("zebra"))
            .await
            .unwrap_err();
        store.load(&key).await.unwrap();
        store.clear(&key, second).await.unwrap();
        let after = LINES
            .0
            .lock()
            .unwrap()
            .matches("INSERT INTO ory_oidc_reg")
            .count();
        assert_eq!(after > before, name == "apps", "{name}: {before}, {after}");
    }
    PostgresStore::connect(&database.url().replace("zebra", "other"))
        .await
        .unwrap_err();

    let lines = LINES.0.lock().unwrap();
    assert!(
        !lines.contains("zebra") && !lines.contains(PASSWORD),
        "{lines}"
    );
}
