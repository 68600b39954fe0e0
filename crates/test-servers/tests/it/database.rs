//! Trouble with the database of a Hydra.

use std::time::Duration;

use ory_oidc_test_servers::{Hydra, Postgres};
use serde_json::json;
use tokio::time::{sleep, timeout};

use crate::support::{read, registered};

#[tokio::test]
#[ignore = "needs Ory Hydra: `make test` builds it and runs this"]
async fn a_locked_sqlite_answers_401_until_it_is_released() {
    let hydra = Hydra::builder().keys(false).start().await;
    let client = registered(&hydra, "openid", &json!({})).await;
    let lock = hydra.database().lock().await;
    assert_eq!(read(&hydra, &client).await, 401);
    lock.release().await;
    assert_eq!(read(&hydra, &client).await, 200);
}

#[tokio::test]
#[ignore = "needs Ory Hydra and PostgreSQL: `make test` installs them and runs this"]
async fn a_locked_postgres_does_not_answer_until_it_is_released() {
    let postgres = Postgres::shared().await;
    let hydra = Hydra::builder()
        .postgres(postgres)
        .keys(false)
        .start()
        .await;
    let client = registered(&hydra, "openid", &json!({})).await;
    let lock = hydra.database().lock().await;
    let waiting = timeout(Duration::from_secs(1), read(&hydra, &client)).await;
    assert!(waiting.is_err());
    lock.release().await;
    assert_eq!(read(&hydra, &client).await, 200);
}

async fn a_hidden_table_answers_401(hydra: &Hydra) {
    let client = registered(hydra, "openid", &json!({})).await;
    hydra.database().hide_table("hydra_client").await;
    assert_eq!(read(hydra, &client).await, 401);
    hydra.database().restore_table("hydra_client").await;
    assert_eq!(read(hydra, &client).await, 200);
}

#[tokio::test]
#[ignore = "needs Ory Hydra and PostgreSQL: `make test` installs them and runs this"]
async fn a_hidden_table_is_found_again() {
    a_hidden_table_answers_401(&Hydra::builder().keys(false).start().await).await;
    let postgres = Postgres::shared().await;
    let hydra = Hydra::builder()
        .postgres(postgres)
        .keys(false)
        .start()
        .await;
    a_hidden_table_answers_401(&hydra).await;
}

#[tokio::test]
#[ignore = "needs Ory Hydra and PostgreSQL: `make test` installs them and runs this"]
async fn hydra_survives_a_postgres_that_hangs_or_crashes() {
    let postgres = Postgres::start().await;
    let hydra = Hydra::builder()
        .postgres(&postgres)
        .keys(false)
        .start()
        .await;
    let client = registered(&hydra, "openid", &json!({})).await;

    let paused = postgres.pause().await;
    let waiting = timeout(Duration::from_secs(1), read(&hydra, &client)).await;
    assert!(waiting.is_err());
    paused.resume();
    assert_eq!(read(&hydra, &client).await, 200);

    postgres.kill().await;
    assert_eq!(read(&hydra, &client).await, 401);
    postgres.restart().await;
    for _ in 0..100 {
        if read(&hydra, &client).await == 200 {
            return;
        }
        sleep(Duration::from_millis(100)).await;
    }
    panic!("Hydra does not find its database again");
}
