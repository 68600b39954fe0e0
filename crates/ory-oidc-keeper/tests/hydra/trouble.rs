//! Trouble with Hydra's database, at random moments of every method.
//!
//! `KEEPER_TROUBLES` sets the number of troubles for each database (default: 6), and
//! `KEEPER_TROUBLE_SECONDS` the longest one (default: 3).

use super::{
    Hydra, MemoryStore, Postgres, builder, client_ids, on_both_databases, registered, wanted,
};
use ory_oidc::registration::Registration;
use ory_oidc_keeper::{Action, Keeper, KeeperError, Recovery, Retirement};
use std::hash::{BuildHasher as _, RandomState};
use std::ops::Range;
use std::time::{Duration, Instant};
use tokio::time::sleep;

on_both_databases!(
    a_hidden_table_of_clients_costs_no_registration,
    a_locked_database_costs_no_registration
);

/// Hydra refuses every token and denies every client, and its metadata and keys are available: as
/// if the client had been deleted.
async fn a_hidden_table_of_clients_costs_no_registration(hydra: &Hydra) {
    let (keeper, registration) = registered(builder(hydra, MemoryStore::new()), &wanted()).await;
    hydra.database().hide_table("hydra_client").await;
    let error = keeper.ensure_registered(&wanted()).await;
    check_retryable(&error.expect_err("no table"));
    check_retryable(&keeper.recover().await.expect_err("no table"));
    check_retryable(&keeper.retire().await.expect_err("no table"));
    let update = keeper
        .update(|metadata| metadata.set_client_name("x"))
        .await;
    check_retryable(&update.expect_err("no table"));
    let rejected = keeper.report_rejected(&registration).await;
    check_retryable(&rejected.expect_err("no table"));
    hydra.database().restore_table("hydra_client").await;
    check_kept(hydra, &keeper, &registration, &[Action::Reused]).await;
    let retirement = keeper.retire().await.expect("available");
    assert_eq!(retirement, Retirement::Deleted);
}

async fn a_locked_database_costs_no_registration(hydra: &Hydra) {
    let (keeper, registration) = registered(builder(hydra, MemoryStore::new()), &wanted()).await;
    let lock = hydra.database().lock().await;
    let error = keeper.ensure_registered(&wanted()).await;
    check_retryable(&error.expect_err("the database is locked"));
    lock.release().await;
    check_kept(hydra, &keeper, &registration, &[Action::Reused]).await;
}

fn check_retryable(error: &KeeperError) {
    assert!(error.is_retryable(), "{error:?}");
}

/// Checks that the client is the only one, and still in use.
async fn check_kept(
    hydra: &Hydra,
    keeper: &Keeper,
    registration: &Registration,
    actions: &[Action],
) {
    let ensured = keeper.ensure_registered(&wanted()).await;
    let ensured = ensured.expect("available again");
    assert!(
        actions.contains(&ensured.action()),
        "{:?}",
        ensured.action()
    );
    let kept = ensured.registration();
    assert_eq!(kept.client_id(), registration.client_id());
    assert_eq!(kept.client_secret(), registration.client_secret());
    assert_eq!(client_ids(hydra).await, [registration.client_id()]);
}

fn setting(name: &str, default: u64) -> u64 {
    let text = std::env::var(name).ok();
    text.map_or(default, |text| text.parse().expect("a number"))
}

/// Returns a random number.
fn random(range: Range<u64>) -> u64 {
    range.start + RandomState::new().hash_one(0) % (range.end - range.start)
}

/// What happens to the database.
#[derive(Clone, Copy, Debug)]
enum Trouble {
    Lock,
    HideClients,
    HideKeys,
    Pause,
    Kill,
}

/// Runs trouble for a while.
async fn suffer(trouble: Trouble, hydra: &Hydra, postgres: Option<&Postgres>, time: Duration) {
    let (database, table) = (hydra.database(), hidden_table(trouble));
    match (trouble, postgres) {
        (Trouble::Lock, _) => {
            let lock = database.lock().await;
            sleep(time).await;
            lock.release().await;
        }
        (Trouble::Pause, Some(postgres)) => {
            let paused = postgres.pause().await;
            sleep(time).await;
            paused.resume();
        }
        (Trouble::Kill, Some(postgres)) => {
            postgres.kill().await;
            sleep(time).await;
            postgres.restart().await;
        }
        _ => {
            database.hide_table(table).await;
            sleep(time).await;
            database.restore_table(table).await;
        }
    }
}

fn hidden_table(trouble: Trouble) -> &'static str {
    match trouble {
        Trouble::HideKeys => "hydra_jwk",
        _ => "hydra_client",
    }
}

#[derive(Clone, Copy, Debug)]
enum Method {
    Ensure,
    Update,
    Recover,
    Retire,
}

/// What came of the calls of one method.
#[derive(Debug, Default)]
struct Outcomes {
    errors: usize,
    /// The response to an update was lost, so that its token may be.
    unknown: bool,
    retired: bool,
}

/// Calls a method once, and then until a moment.
async fn call(keeper: &Keeper, method: Method, until: Instant) -> Outcomes {
    let mut outcomes = Outcomes::default();
    for count in 0.. {
        if count > 0 && Instant::now() >= until {
            break;
        }
        let error = match method {
            Method::Ensure => keeper.ensure_registered(&wanted()).await.err(),
            Method::Update => {
                let name = format!("Name {count}");
                keeper
                    .update(|metadata| metadata.set_client_name(name))
                    .await
                    .err()
            }
            Method::Recover => match keeper.recover().await {
                Ok(Recovery::NotNeeded { .. }) => None,
                Ok(other) => panic!("the token works: {other:?}"),
                Err(error) => Some(error),
            },
            Method::Retire => match keeper.retire().await {
                Ok(Retirement::KeyLost) => panic!("the token works"),
                Ok(_) => {
                    outcomes.retired = true;
                    break;
                }
                Err(error) => Some(error),
            },
        };
        match error {
            Some(KeeperError::KeyLost) if outcomes.unknown => break,
            Some(error @ (KeeperError::KeyLost | KeeperError::ClientDeleted)) => {
                panic!("{method:?}: {error:?}")
            }
            Some(error) => {
                outcomes.errors += 1;
                outcomes.unknown |= matches!(error, KeeperError::OutcomeUnknown { .. });
                if matches!(error, KeeperError::RecoveryNeeded) {
                    let _ = keeper.recover().await;
                }
            }
            None => {}
        }
        sleep(Duration::from_millis(20)).await;
    }
    outcomes
}

/// Waits until Hydra has a working connection to its database again.
async fn wait_until_available(keeper: &Keeper, method: Method) {
    for _ in 0..150 {
        let result = match method {
            Method::Retire => keeper.retire().await.map(drop),
            _ => keeper.ensure_registered(&wanted()).await.map(drop),
        };
        match result {
            Err(error) if error.is_retryable() => sleep(Duration::from_millis(200)).await,
            Err(KeeperError::OutcomeUnknown { .. }) => {}
            _ => return,
        }
    }
    panic!("Hydra does not recover");
}

async fn troubles(hydra: &Hydra, postgres: Option<&Postgres>) {
    let kinds: &[Trouble] = match postgres {
        Some(_) => &[
            Trouble::Lock,
            Trouble::HideClients,
            Trouble::Kill,
            Trouble::Pause,
            Trouble::HideKeys,
        ],
        None => &[Trouble::Lock, Trouble::HideClients, Trouble::HideKeys],
    };
    let longest = setting("KEEPER_TROUBLE_SECONDS", 3) * 1000;
    let (mut errors, mut keys_lost, mut retired) = (0, 0, 0);
    let count = setting("KEEPER_TROUBLES", 6);
    for number in 0..count {
        let index = usize::try_from(number).expect("a small number");
        let trouble = kinds[index % kinds.len()];
        let methods = [
            Method::Ensure,
            Method::Update,
            Method::Recover,
            Method::Retire,
        ];
        let method = methods[(index + index / 4) % 4];
        let (keeper, registration) =
            registered(builder(hydra, MemoryStore::new()), &wanted()).await;
        let time = Duration::from_millis(random(1000..longest + 1));
        let until = Instant::now() + time;
        let delay = Duration::from_millis(random(0..40));
        let began = async {
            sleep(delay).await;
            suffer(trouble, hydra, postgres, time).await;
        };
        let (outcomes, ()) = tokio::join!(call(&keeper, method, until), began);
        wait_until_available(&keeper, method).await;

        errors += outcomes.errors;
        let known = keeper.last_known().await.expect("the store is in memory");
        if matches!(method, Method::Retire) {
            retired += 1;
            assert_eq!(known, None, "{trouble:?}: not retired");
            assert_eq!(
                client_ids(hydra).await,
                [""; 0],
                "{trouble:?}: {outcomes:?}"
            );
            continue;
        }
        let known = known.expect("the store is not emptied");
        assert_eq!(known.client_id(), registration.client_id());
        let ensured = keeper.ensure_registered(&wanted()).await;
        if outcomes.unknown && matches!(ensured, Err(KeeperError::KeyLost)) {
            // The last update was applied, and its response was lost.
            keys_lost += 1;
            assert_eq!(client_ids(hydra).await, [registration.client_id()]);
            hydra.admin().delete_client(registration.client_id()).await;
            continue;
        }
        let actions = [Action::Reused, Action::Updated, Action::KeyLost];
        let allowed = if outcomes.unknown { 3 } else { 2 };
        check_kept(hydra, &keeper, &registration, &actions[..allowed]).await;
        if keeper.retire().await.expect("available") == Retirement::KeyLost {
            keys_lost += 1;
            hydra.admin().delete_client(registration.client_id()).await;
        }
    }
    eprintln!(
        "{count} troubles: {errors} errors, 0 registrations given up, 0 second clients, 0 stores \
         emptied; {keys_lost} tokens lost with the response to an update, {retired} retired"
    );
}

#[tokio::test]
#[ignore = "needs Ory Hydra: `make test` builds it and runs this"]
async fn troubles_with_sqlite_cost_no_registration() {
    let hydra = Hydra::builder().start().await;
    Box::pin(troubles(&hydra, None)).await;
}

#[tokio::test]
#[ignore = "needs Ory Hydra and PostgreSQL: `make test` installs them and runs this"]
async fn troubles_with_postgres_cost_no_registration() {
    let postgres = Postgres::start().await;
    let hydra = Hydra::builder().postgres(&postgres).start().await;
    Box::pin(troubles(&hydra, Some(&postgres))).await;
}
