//! Several processes that change one entry, and statements that the database rolls back.

use std::env;
use std::process::{Command, Stdio};

use ory_oidc_keeper::store::{RegistrationStore, StoreError};
use ory_oidc_store_postgres::PostgresStore;

use crate::database::{Database, content, execute, key, loaded, saved};

const EACH: u32 = 50;

/// Adds one to the number in the entry, [`EACH`] times.
async fn count_up(store: &PostgresStore) {
    let key = key("counter");
    let mut done = 0;
    while done < EACH {
        let entry = loaded(store, &key).await;
        let number: u32 = entry.content.expose().parse().unwrap();
        let next = content(&(number + 1).to_string());
        match store.save(&key, Some(entry.version), &next).await {
            Ok(_) => done += 1,
            Err(StoreError::Conflict) => {}
            Err(error) => panic!("{error:?}"),
        }
    }
}

#[tokio::test]
#[ignore = "needs PostgreSQL: `make test` finds or installs it and runs this"]
async fn four_processes_lose_no_update() {
    const CHILD: &str = "ORY_OIDC_TEST_COUNTER";
    if let Ok(url) = env::var(CHILD) {
        count_up(&PostgresStore::connect(&url).await.unwrap()).await;
        return;
    }
    for level in ["read committed", "serializable"] {
        let database = Database::with_isolation(level).await;
        let store = database.store().await;
        saved(&store, &key("counter"), None, "0").await;
        let start = || {
            Command::new(env::current_exe().unwrap())
                .args(["--exact", "concurrency::four_processes_lose_no_update"])
                .arg("--include-ignored")
                .env(CHILD, database.url())
                .stdout(Stdio::piped())
                .spawn()
                .unwrap()
        };
        let processes: Vec<_> = (0..4).map(|_| start()).collect();
        for process in processes {
            let output = process.wait_with_output().unwrap();
            assert!(
                output.status.success(),
                "{}",
                String::from_utf8_lossy(&output.stdout)
            );
        }
        let entry = loaded(&store, &key("counter")).await;
        assert_eq!(entry.content, content("200"), "{level}");
    }
}

#[tokio::test]
#[ignore = "needs PostgreSQL: `make test` finds or installs it and runs this"]
async fn a_save_that_waited_for_a_concurrent_one_is_a_conflict_at_each_isolation_level() {
    for level in ["read committed", "repeatable read", "serializable"] {
        let database = Database::with_isolation(level).await;
        let store = database.store().await;
        let version = saved(&store, &key("app"), None, "1").await;
        let mut other = database.connection().await;
        execute(
            &mut other,
            "BEGIN; UPDATE ory_oidc_registrations SET version = DEFAULT",
        )
        .await;

        let waiting = tokio::spawn(async move {
            let next = content("2");
            store.save(&key("app"), Some(version), &next).await
        });
        crate::waiting::until_one_waits_for_a_lock(&database).await;
        execute(&mut other, "COMMIT").await;

        let outcome = waiting.await.unwrap();
        assert!(
            matches!(outcome, Err(StoreError::Conflict)),
            "{level}: {outcome:?}"
        );
        let entry = loaded(&database.store().await, &key("app")).await;
        assert_eq!(entry.content, content("1"), "{level}");
    }
}
