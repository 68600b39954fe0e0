//! Many who change one entry at the same time.

use std::env;
use std::process::{Command, Stdio};

use ory_oidc::{RegistrationStore, StoreError};
use ory_oidc_store_postgres::PostgresStore;

use crate::database::{Database, execute, key, loaded, saved, text};

const EACH: u32 = 50;

/// Adds one to the number in the entry, [`EACH`] times.
async fn count_up(store: &PostgresStore) {
    let key = key("counter");
    let mut done = 0;
    while done < EACH {
        let entry = loaded(store, &key).await;
        let number: u32 = entry.content.expose().parse().unwrap();
        match store
            .save(&key, Some(entry.version), &text(&(number + 1).to_string()))
            .await
        {
            Ok(_) => done += 1,
            Err(StoreError::Conflict) => {}
            Err(error) => panic!("{error:?}"),
        }
    }
}

async fn eight_tasks_count_to_400(database: Database) {
    let store = database.store().await;
    saved(&store, &key("counter"), None, "0").await;
    let tasks: Vec<_> = (0..8)
        .map(|_| {
            let store = store.clone();
            tokio::spawn(async move { count_up(&store).await })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    assert_eq!(loaded(&store, &key("counter")).await.content, text("400"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
#[ignore = "needs PostgreSQL: `make test` finds or installs it and runs this"]
async fn eight_tasks_lose_no_increment() {
    eight_tasks_count_to_400(Database::new().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
#[ignore = "needs PostgreSQL: `make test` finds or installs it and runs this"]
async fn eight_tasks_lose_no_increment_at_repeatable_read() {
    eight_tasks_count_to_400(Database::with_isolation("repeatable read").await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
#[ignore = "needs PostgreSQL: `make test` finds or installs it and runs this"]
async fn eight_tasks_lose_no_increment_at_serializable() {
    eight_tasks_count_to_400(Database::with_isolation("serializable").await).await;
}

#[tokio::test]
#[ignore = "needs PostgreSQL: `make test` finds or installs it and runs this"]
async fn four_processes_lose_no_increment() {
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
                .args(["--exact", "concurrency::four_processes_lose_no_increment"])
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
        assert_eq!(
            loaded(&store, &key("counter")).await.content,
            text("200"),
            "{level}"
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
#[ignore = "needs PostgreSQL: `make test` finds or installs it and runs this"]
async fn of_many_that_save_first_one_does() {
    for level in ["read committed", "serializable"] {
        let store = Database::with_isolation(level).await.store().await;
        let tasks: Vec<_> = (0..20)
            .map(|n| {
                let store = store.clone();
                tokio::spawn(
                    async move { store.save(&key("app"), None, &text(&n.to_string())).await },
                )
            })
            .collect();
        let mut winners = Vec::new();
        for task in tasks {
            match task.await.unwrap() {
                Ok(version) => winners.push(version),
                Err(StoreError::Conflict) => {}
                Err(error) => panic!("{error:?}"),
            }
        }
        assert_eq!(
            winners,
            [loaded(&store, &key("app")).await.version],
            "{level}"
        );
    }
}

#[tokio::test]
#[ignore = "needs PostgreSQL: `make test` finds or installs it and runs this"]
async fn a_statement_that_the_database_undoes_for_another_is_a_conflict() {
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

        let waiting =
            tokio::spawn(async move { store.save(&key("app"), Some(version), &text("2")).await });
        crate::waiting::until_one_waits_for_a_lock(&database).await;
        execute(&mut other, "COMMIT").await;

        let outcome = waiting.await.unwrap();
        assert!(
            matches!(outcome, Err(StoreError::Conflict)),
            "{level}: {outcome:?}"
        );
        assert_eq!(
            loaded(&database.store().await, &key("app")).await.content,
            text("1")
        );
    }
}
