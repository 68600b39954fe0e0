//! The keeper on a real Ory Hydra whose database is unavailable.

use ory_oidc::{Client, ClientMetadata};
use ory_oidc_keeper::memory::MemoryStore;
use ory_oidc_keeper::{Action, Keeper, Recovery, Retirement};
use ory_oidc_test_servers::{Hydra, Postgres};
use std::time::Duration;

fn wanted() -> ClientMetadata {
    ClientMetadata::new(["https://app.example/callback"]).client_name("My app")
}

async fn keeper(hydra: &Hydra) -> Keeper {
    let ory = Client::builder(hydra.public_url()).issuer(hydra.issuer());
    let ory = ory.build().expect("loopback is permitted");
    let keeper = Keeper::builder(ory, MemoryStore::new(), "my-app");
    let keeper = keeper.settling_time(Duration::ZERO).build();
    let ensured = keeper.ensure_registered(&wanted()).await;
    assert_eq!(ensured.expect("registered").action(), Action::Registered);
    keeper
}

/// Holds the lock until Hydra has given up its queries, for all that `work` sends.
macro_rules! during_an_outage {
    ($hydra:expr, $work:expr) => {{
        let lock = $hydra.database().lock().await;
        let result = $work.await;
        lock.release().await;
        result
    }};
}

#[tokio::test]
#[ignore = "needs Ory Hydra: `make test` builds it and runs this"]
async fn a_locked_database_costs_no_registration() {
    let hydra = Hydra::builder().start().await;
    let keeper = keeper(&hydra).await;
    let stored = keeper.stored().await.expect("the store is in memory");
    let client_id = stored.expect("registered").client_id().to_owned();

    let error = during_an_outage!(hydra, keeper.ensure_registered(&wanted()));
    let error = error.expect_err("the database is locked");
    assert!(error.is_retryable(), "{error:?}");
    let ensured = keeper
        .ensure_registered(&wanted())
        .await
        .expect("available");
    assert_eq!(ensured.action(), Action::Reused);
    assert_eq!(ensured.registration().client_id(), client_id);

    let error = during_an_outage!(hydra, keeper.recover());
    let error = error.expect_err("the database is locked");
    assert!(error.is_retryable(), "{error:?}");
    let recovery = keeper.recover().await.expect("available");
    assert!(
        matches!(recovery, Recovery::NotNeeded { .. }),
        "{recovery:?}"
    );

    let error = during_an_outage!(hydra, keeper.retire());
    error.expect_err("the database is locked");
    let clients = hydra.admin().clients().await;
    assert_eq!(clients.len(), 1, "{clients:?}");
    let retirement = keeper.retire().await.expect("available");
    assert_eq!(retirement, Retirement::Deleted);
}

#[tokio::test]
#[ignore = "needs Ory Hydra and PostgreSQL: `make test` installs them and runs this"]
async fn a_killed_database_costs_no_registration() {
    let postgres = Postgres::start().await;
    let hydra = Hydra::builder().postgres(&postgres).start().await;
    let keeper = keeper(&hydra).await;
    let stored = keeper.stored().await.expect("the store is in memory");
    let client_id = stored.expect("registered").client_id().to_owned();

    postgres.kill().await;
    let error = keeper.ensure_registered(&wanted()).await;
    error.expect_err("the database is down");
    keeper.recover().await.expect_err("the database is down");
    keeper.retire().await.expect_err("the database is down");

    postgres.restart().await;
    let mut ensured = keeper.ensure_registered(&wanted()).await;
    for _ in 0..50 {
        if ensured.is_ok() {
            break;
        }
        // Hydra connects again.
        tokio::time::sleep(Duration::from_millis(200)).await;
        ensured = keeper.ensure_registered(&wanted()).await;
    }
    let ensured = ensured.expect("the database is up again");
    assert_eq!(ensured.action(), Action::Reused);
    assert_eq!(ensured.registration().client_id(), client_id);
    assert_eq!(hydra.admin().clients().await.len(), 1);
}
