//! Futures of each method that are dropped at many points: while a request or a call of the store is
//! under way, and in between.
//!
//! `KEEPER_DROPS` sets the number of points for each method (default: 60).

use super::{NAME, client, rename, wanted, without_pauses};
use ory_oidc::{Client, ClientMetadata, Registration};
use ory_oidc_keeper::file::FileStore;
use ory_oidc_keeper::memory::MemoryStore;
use ory_oidc_keeper::store::{
    Content, Entry, ListQuery, RegistrationStore, StoreFuture, StoreKey, Version,
};
use ory_oidc_keeper::{Action, Keeper, Keepers, Recovery, Retirement};
use ory_oidc_mock::{Fault, OryMock};
use std::collections::BTreeSet;
use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;
use tempfile::TempDir;
use tokio::task::yield_now;
use tokio::time::timeout;

const REGISTRATION: &str = "/oauth2/register";

/// Longer than any call takes. A change that was left behind would block others for a lease.
const LIMIT: Duration = Duration::from_secs(30);

/// A store whose calls let other tasks run before and after they do something.
#[derive(Clone, Default)]
struct SlowStore(MemoryStore);

async fn yield_often() {
    for _ in 0..5 {
        yield_now().await;
    }
}

impl RegistrationStore for SlowStore {
    fn load<'a>(&'a self, key: &'a StoreKey) -> StoreFuture<'a, Option<Entry>> {
        Box::pin(async move {
            yield_often().await;
            let loaded = self.0.load(key).await;
            yield_often().await;
            loaded
        })
    }

    fn save<'a>(
        &'a self,
        key: &'a StoreKey,
        expected: Option<Version>,
        content: &'a Content,
    ) -> StoreFuture<'a, Version> {
        Box::pin(async move {
            yield_often().await;
            let saved = self.0.save(key, expected, content).await;
            yield_often().await;
            saved
        })
    }

    fn clear<'a>(&'a self, key: &'a StoreKey, expected: Version) -> StoreFuture<'a, ()> {
        Box::pin(async move {
            yield_often().await;
            let cleared = self.0.clear(key, expected).await;
            yield_often().await;
            cleared
        })
    }

    fn list<'a>(&'a self, query: &'a ListQuery) -> StoreFuture<'a, Vec<String>> {
        Box::pin(async move {
            yield_often().await;
            self.0.list(query).await
        })
    }
}

/// Polls a future once and then after each of some steps of the other tasks, and drops it. If it is
/// done by then, returns the number of steps that it took, and its output.
async fn drop_after<F: Future>(steps: usize, future: F) -> Option<(usize, F::Output)> {
    let mut future = pin!(future);
    for step in 0..=steps {
        let polled = poll_fn(|context| Poll::Ready(future.as_mut().poll(context)));
        if let Poll::Ready(output) = polled.await {
            return Some((step, output));
        }
        yield_now().await;
    }
    None
}

fn check_same_credentials(one: &Registration, other: &Registration) {
    assert_eq!(one.client_id(), other.client_id());
    assert_eq!(one.client_secret(), other.client_secret());
    assert_eq!(
        one.registration_access_token(),
        other.registration_access_token()
    );
}

/// A keeper with a server and a store of its own.
struct Trial {
    ory: Arc<OryMock>,
    client: Client,
    store: Arc<dyn RegistrationStore>,
    keeper: Keeper,
    _directory: Option<TempDir>,
}

impl Trial {
    /// The number of kinds of stores.
    const KINDS: usize = 3;

    fn new(ory: &Arc<OryMock>, client: &Client, kind: usize) -> Self {
        let mut directory = None;
        let store: Arc<dyn RegistrationStore> = match kind {
            0 => Arc::new(MemoryStore::new()),
            1 => Arc::new(SlowStore::default()),
            _ => {
                let home = directory.insert(TempDir::new().expect("a temporary directory"));
                Arc::new(FileStore::open(home.path().join("store")).expect("a new directory"))
            }
        };
        Self {
            ory: Arc::clone(ory),
            client: client.clone(),
            keeper: Self::keeper(client, &store),
            store,
            _directory: directory,
        }
    }

    fn keeper(client: &Client, store: &Arc<dyn RegistrationStore>) -> Keeper {
        let keeper = Keeper::builder(client.clone(), Arc::clone(store), NAME);
        without_pauses(keeper).confirmations(1).build()
    }

    async fn registered(&self) -> Registration {
        let ensured = self.keeper.ensure_registered(&wanted()).await;
        ensured.expect("registered").into_registration()
    }

    /// Checks that the keeper goes on, that other keepers need not wait for a lease, that the stored
    /// credentials work, and that there is one client.
    async fn check_one_client(&self, wanted: &ClientMetadata) -> Registration {
        let ensured = self.keeper.ensure_registered(wanted).await;
        ensured.expect("the keeper goes on");
        let other = Self::keeper(&self.client, &self.store);
        let ensured = other.ensure_registered(wanted).await;
        let ensured = ensured.expect("nobody holds the lease");
        // It has read the registration with the stored token.
        assert_eq!(ensured.action(), Action::Reused);
        let stored = self.keeper.stored().await.expect("settled");
        let stored = stored.expect("an entry");
        assert!(stored.client_secret().is_some(), "the secret is stored");
        assert_eq!(self.ory.registered_clients(), [stored.client_id()]);
        stored
    }
}

/// Calls a method and drops its future, at many points. Each time, with each kind of store, checks
/// what is left.
async fn drop_everywhere<S>(
    prepare: impl AsyncFn(&Trial) -> S,
    call: impl AsyncFn(&Trial, &S),
    check: impl AsyncFn(&Trial, &S),
) {
    let ory = Arc::new(OryMock::start().await);
    let client = client(ory.url());
    let points = std::env::var("KEEPER_DROPS").ok();
    let points: usize = points.map_or(60, |points| points.parse().expect("a number"));
    let (mut dropped, mut completed) = (0, 0);
    for kind in 0..Trial::KINDS {
        // The first call is completed, and shows how many steps that takes.
        let mut steps_of_all = None;
        for point in 0..points.div_ceil(Trial::KINDS) {
            let trial = Trial::new(&ory, &client, kind);
            let state = prepare(&trial).await;
            let steps =
                steps_of_all.map_or(usize::MAX, |all| (all + 1) * point * Trial::KINDS / points);
            match drop_after(steps, Box::pin(call(&trial, &state))).await {
                Some((steps, ())) => {
                    steps_of_all.get_or_insert(steps);
                    completed += 1;
                }
                None => dropped += 1,
            }
            let checked = timeout(LIMIT, Box::pin(check(&trial, &state))).await;
            checked.expect("nothing waits for a lease");
            ory.clear_faults();
            for id in ory.registered_clients() {
                ory.delete_client(&id);
            }
        }
    }
    eprintln!("{dropped} dropped, {completed} completed");
    assert!(dropped > 0);
}

/// Makes the last update's outcome unknown.
async fn lose_update(trial: &Trial, fault: Fault) {
    trial.ory.fail_next(fault.on("PUT", REGISTRATION));
    let update = trial.keeper.update(rename("Renamed")).await;
    update.expect_err("no reply");
}

#[tokio::test]
async fn a_dropped_first_registration_registers_one_client() {
    drop_everywhere(
        async |_| (),
        async |trial, ()| drop(trial.keeper.ensure_registered(&wanted()).await),
        async |trial, ()| drop(trial.check_one_client(&wanted()).await),
    )
    .await;
}

#[tokio::test]
async fn a_dropped_check_changes_nothing() {
    drop_everywhere(
        Trial::registered,
        async |trial, _| drop(trial.keeper.ensure_registered(&wanted()).await),
        async |trial, before| {
            check_same_credentials(&trial.check_one_client(&wanted()).await, before);
        },
    )
    .await;
}

#[tokio::test]
async fn a_dropped_update_by_new_metadata_is_made_or_made_later() {
    let other = wanted().client_name("Another name");
    drop_everywhere(
        Trial::registered,
        async |trial, _| drop(trial.keeper.ensure_registered(&other).await),
        async |trial, before| {
            let after = trial.check_one_client(&other).await;
            assert_eq!(after.client_id(), before.client_id());
            assert_eq!(after.client_secret(), before.client_secret());
            let name = after.granted().client_name.as_deref();
            assert_eq!(name, Some("Another name"));
        },
    )
    .await;
}

/// A client that was deleted at the server.
async fn deleted(trial: &Trial) -> Registration {
    let registration = trial.registered().await;
    trial.ory.delete_client(registration.client_id());
    registration
}

#[tokio::test]
async fn a_dropped_replacement_leaves_one_client_and_lists_the_old_one() {
    drop_everywhere(
        deleted,
        async |trial, _| drop(trial.keeper.ensure_registered(&wanted()).await),
        async |trial, before| {
            trial.check_one_client(&wanted()).await;
            let superseded = trial.keeper.superseded().await.expect("loaded");
            let ids: Vec<_> = superseded.iter().map(Registration::client_id).collect();
            assert_eq!(ids, [before.client_id()]);
        },
    )
    .await;
}

#[tokio::test]
async fn a_dropped_report_of_a_deleted_client_leaves_one_client() {
    drop_everywhere(
        deleted,
        async |trial, rejected| drop(trial.keeper.report_rejected(rejected).await),
        async |trial, rejected| {
            let healed = trial.keeper.report_rejected(rejected).await;
            let healed = healed.expect("replaced").into_registration();
            let only = trial.check_one_client(&wanted()).await;
            assert_eq!(only.client_id(), healed.client_id());
            assert_ne!(only.client_id(), rejected.client_id());
        },
    )
    .await;
}

#[tokio::test]
async fn a_dropped_report_of_a_client_in_use_changes_nothing() {
    drop_everywhere(
        Trial::registered,
        async |trial, known| drop(trial.keeper.report_rejected(known).await),
        async |trial, known| {
            check_same_credentials(&trial.check_one_client(&wanted()).await, known);
        },
    )
    .await;
}

#[tokio::test]
async fn a_dropped_update_is_made_completely_or_not_at_all() {
    drop_everywhere(
        Trial::registered,
        async |trial, _| drop(trial.keeper.update(rename("Renamed")).await),
        async |trial, before| {
            // Waits for the one that was begun.
            let next = trial.keeper.update(ClientMetadata::remove_contacts).await;
            let next = next.expect("the stored token works");
            let name = next.granted().client_name.as_deref();
            assert!(matches!(name, Some("My app" | "Renamed")), "{name:?}");
            let after = trial.check_one_client(&wanted()).await;
            assert_eq!(after.client_id(), before.client_id());
            assert_eq!(after.client_secret(), before.client_secret());
        },
    )
    .await;
}

#[tokio::test]
async fn a_dropped_recovery_is_repeated_with_the_same_result() {
    drop_everywhere(
        async |trial| {
            let registration = trial.registered().await;
            lose_update(trial, Fault::drop_connection()).await;
            registration
        },
        async |trial, _| drop(trial.keeper.recover().await),
        async |trial, before| {
            let recovery = trial.keeper.recover().await.expect("the server answers");
            let works = matches!(
                recovery,
                Recovery::Recovered { applied: false, .. } | Recovery::NotNeeded { .. }
            );
            assert!(works, "{recovery:?}");
            check_same_credentials(&trial.check_one_client(&wanted()).await, before);
        },
    )
    .await;
}

#[tokio::test]
async fn a_dropped_recovery_gives_no_client_up() {
    drop_everywhere(
        async |trial| {
            let registration = trial.registered().await;
            lose_update(trial, Fault::drop_connection().after_handling()).await;
            registration
        },
        async |trial, _| drop(trial.keeper.recover().await),
        async |trial, before| {
            let recovery = trial.keeper.recover().await.expect("the server answers");
            let lost = matches!(recovery, Recovery::KeyLost { .. });
            assert!(lost, "{recovery:?}");
            let known = trial.keeper.last_known().await.expect("loaded");
            let known = known.expect("an entry");
            assert_eq!(known.client_secret(), before.client_secret());
            assert_eq!(trial.ory.registered_clients(), [before.client_id()]);
        },
    )
    .await;
}

#[tokio::test]
async fn a_dropped_retirement_is_completed_by_the_next_one() {
    drop_everywhere(
        Trial::registered,
        async |trial, _| drop(trial.keeper.retire().await),
        async |trial, _| {
            let retirement = trial.keeper.retire().await.expect("the server answers");
            let done = [Retirement::Deleted, Retirement::NotRegistered];
            assert!(done.contains(&retirement), "{retirement:?}");
            assert_eq!(trial.ory.registered_clients(), [""; 0]);
            assert_eq!(trial.keeper.last_known().await.expect("loaded"), None);
            trial.check_one_client(&wanted()).await;
        },
    )
    .await;
}

#[tokio::test]
async fn a_dropped_adoption_can_be_repeated() {
    drop_everywhere(
        async |trial| {
            let registered = trial.client.register(&wanted()).await;
            registered.expect("registered")
        },
        async |trial, other| drop(trial.keeper.adopt(other.clone()).await),
        async |trial, other| {
            let adopted = trial.keeper.adopt(other.clone()).await;
            adopted.expect("its token works");
            let after = trial.check_one_client(&wanted()).await;
            assert_eq!(after.client_id(), other.client_id());
            assert_eq!(after.client_secret(), other.client_secret());
        },
    )
    .await;
}

#[tokio::test]
async fn a_dropped_removal_of_the_entry_touches_no_client() {
    drop_everywhere(
        Trial::registered,
        async |trial, _| drop(trial.keeper.discard_local().await),
        async |trial, before| {
            trial.keeper.discard_local().await.expect("removed");
            assert_eq!(trial.keeper.last_known().await.expect("loaded"), None);
            assert_eq!(trial.ory.registered_clients(), [before.client_id()]);
        },
    )
    .await;
}

#[tokio::test]
async fn dropped_reads_of_the_store_change_nothing() {
    drop_everywhere(
        Trial::registered,
        async |trial, _| {
            let _ = trial.keeper.stored().await;
            let _ = trial.keeper.last_known().await;
            let _ = trial.keeper.superseded().await;
        },
        async |trial, before| {
            let stored = trial.keeper.stored().await.expect("settled");
            assert_eq!(stored.as_ref(), Some(before));
            check_same_credentials(&trial.check_one_client(&wanted()).await, before);
        },
    )
    .await;
}

#[tokio::test]
async fn dropped_steps_over_many_names_lose_no_result() {
    let names = || (0..3).map(|number| (format!("tenant-{number}"), wanted()));
    drop_everywhere(
        async |_| (),
        async |trial, ()| {
            // Dropped as a whole: the next run goes on.
            let keepers = Keepers::new(trial.client.clone(), Arc::clone(&trial.store));
            let mut all = keepers.ensure_all(names());
            while all.next().await.is_some() {}
        },
        async |trial, ()| {
            let keepers = Keepers::new(trial.client.clone(), Arc::clone(&trial.store));
            let mut all = keepers.ensure_all(names());
            let mut ensured = BTreeSet::new();
            for steps in (0..7).cycle() {
                match drop_after(steps, all.next()).await {
                    None => {}
                    Some((_, Some(one))) => {
                        one.result.expect("ensured");
                        assert!(ensured.insert(one.name), "each name once");
                    }
                    Some((_, None)) => break,
                }
            }
            let mut listed = BTreeSet::new();
            let mut names = keepers.names();
            for steps in (0..7).cycle() {
                match drop_after(steps, names.next()).await {
                    None => {}
                    Some((_, Ok(Some(name)))) => assert!(listed.insert(name), "each name once"),
                    Some((_, end)) => {
                        end.expect("listed");
                        break;
                    }
                }
            }
            assert_eq!(ensured, listed);
            assert_eq!(
                (ensured.len(), trial.ory.registered_clients().len()),
                (3, 3)
            );
        },
    )
    .await;
}
