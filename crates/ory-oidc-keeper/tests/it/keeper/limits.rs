//! Servers that do not answer, callers who pile up, and clocks that differ.

use super::{
    NAME, builder, change_record, keeper, registered, registration_path, rename, updates, wanted,
    without_pauses,
};
use ory_oidc::{Client, reqwest};
use ory_oidc_keeper::memory::MemoryStore;
use ory_oidc_keeper::store::{
    Content, Entry, ListQuery, RegistrationStore, StoreError, StoreFuture, StoreKey, Version,
};
use ory_oidc_keeper::{Action, Keeper, KeeperError, KeeperErrorKind};
use ory_oidc_mock::{Fault, OryMock};
use serde_json::json;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Longer than any of these tests takes.
const STALL: Duration = Duration::from_secs(60);

/// A keeper whose HTTP client has a short time-out.
fn impatient(ory: &OryMock, store: MemoryStore) -> Keeper {
    let client = Client::builder(ory.url()).timeout(Duration::from_millis(300));
    let client = client.build().expect("a client");
    without_pauses(Keeper::builder(client, store, NAME)).build()
}

#[tokio::test]
async fn callers_who_wait_share_the_failure_of_a_server_that_stalls() {
    let ory = OryMock::start().await;
    let store = MemoryStore::new();
    registered(&ory, store.clone()).await;
    let keeper = impatient(&ory, store);
    let path = registration_path(&ory);
    let before = ory.requests_to("GET", &path).len();
    ory.fail_next(Fault::delay(STALL).until_cleared());
    let calls: Vec<_> = (0..20)
        .map(|number| {
            let keeper = keeper.clone();
            tokio::spawn(async move {
                match number % 2 {
                    0 => keeper.ensure_registered(&wanted()).await.map(drop),
                    _ => keeper.update(rename("Renamed")).await.map(drop),
                }
            })
        })
        .collect();
    for call in calls {
        let error = call.await.expect("no panic").expect_err("it stalls");
        assert!(error.is_retryable(), "{error:?}");
    }
    assert_eq!(ory.requests_to("GET", &path).len() - before, 1);
    ory.clear_faults();
    keeper
        .ensure_registered(&wanted())
        .await
        .expect("available");
}

#[tokio::test]
async fn callers_who_wait_for_a_registration_that_stalls_register_no_other_client() {
    let ory = OryMock::start().await;
    let keeper = impatient(&ory, MemoryStore::new());
    let late = Fault::delay(STALL).after_handling();
    ory.fail_next(late.on("POST", "/oauth2/register").until_cleared());
    let calls: Vec<_> = (0..20)
        .map(|_| {
            let keeper = keeper.clone();
            tokio::spawn(async move { keeper.ensure_registered(&wanted()).await })
        })
        .collect();
    for call in calls {
        let error = call.await.expect("no panic").expect_err("it stalls");
        assert_eq!(error.kind(), KeeperErrorKind::OutcomeUnknown, "{error:?}");
    }
    assert_eq!(ory.requests_to("POST", "/oauth2/register").len(), 1);
}

#[tokio::test]
async fn an_http_client_without_a_time_out_does_not_outlast_the_lease() {
    const LEASE: Duration = Duration::from_secs(1);
    let ory = OryMock::start().await;
    let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none());
    let http = http.build().expect("an HTTP client");
    let client = Client::builder(ory.url()).http_client(http);
    let client = client.build().expect("a client");
    let keeper = Keeper::builder(client, MemoryStore::new(), NAME);
    let keeper = without_pauses(keeper).lease(LEASE).build();
    keeper
        .ensure_registered(&wanted())
        .await
        .expect("registered");
    ory.fail_next(Fault::delay(STALL).on("PUT", "/oauth2/register"));
    let error = keeper.update(rename("Renamed")).await;
    let error = error.expect_err("it stalls");
    assert_eq!(error.kind(), KeeperErrorKind::OutcomeUnknown, "{error:?}");
    ory.fail_next(Fault::delay(STALL).on("GET", "/oauth2/register"));
    let error = keeper.recover().await.expect_err("it stalls");
    assert!(error.is_retryable(), "{error:?}");
    keeper.recover().await.expect("available");
}

#[tokio::test]
async fn stored_is_a_conflict_during_the_keepers_own_update() {
    let ory = OryMock::start().await;
    let keeper = registered(&ory, MemoryStore::new()).await;
    ory.fail_next(Fault::delay(Duration::from_millis(500)).on("PUT", "/oauth2/register"));
    let updating = keeper.clone();
    let update = tokio::spawn(async move { updating.update(rename("Renamed")).await });
    while updates(&ory) == 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let error = keeper.stored().await.expect_err("an update is under way");
    assert!(matches!(error, KeeperError::Conflict), "{error:?}");
    update.await.expect("no panic").expect("updated");
    let stored = keeper.stored().await.expect("stored").expect("an entry");
    assert_eq!(stored.granted().client_name.as_deref(), Some("Renamed"));
}

#[tokio::test]
async fn a_mark_that_is_older_than_the_lease_or_from_the_future_has_lapsed() {
    let ory = OryMock::start().await;
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    let now = u64::try_from(now.expect("the clock is right").as_millis()).expect("a time");
    let hour = 3_600_000;
    for since in [0, 1, now - hour, now + hour, now + 1000 * hour, u64::MAX] {
        for state in [
            json!({"is": "updating", "since": since, "by": "a dead process", "attempted": {}}),
            json!({"is": "registering", "since": since, "by": "a dead process"}),
        ] {
            let store = MemoryStore::new();
            let first = registered(&ory, store.clone()).await;
            change_record(&first, &store, |record| record["state"] = state).await;
            let ensured = keeper(&ory, store).ensure_registered(&wanted()).await;
            let ensured = ensured.expect("taken over");
            assert_eq!(ensured.action(), Action::Reused, "{since}");
        }
    }
}

/// A store in which another process is always about to register.
#[derive(Default)]
struct Busy(Arc<AtomicUsize>);

impl RegistrationStore for Busy {
    fn load<'a>(&'a self, _: &'a StoreKey) -> StoreFuture<'a, Option<Entry>> {
        self.0.fetch_add(1, Ordering::SeqCst);
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        let since = now.expect("the clock is right").as_millis();
        let since = u64::try_from(since).expect("a time");
        let record = json!({
            "format": 1, "registration": null, "asked": null, "accepted": [],
            "state": {"is": "registering", "since": since, "by": "another"},
        });
        Box::pin(async move {
            let content = Content::new(record.to_string());
            Ok(Some(Entry::new(Version(1), content)))
        })
    }

    fn save<'a>(
        &'a self,
        _: &'a StoreKey,
        _: Option<Version>,
        _: &'a Content,
    ) -> StoreFuture<'a, Version> {
        Box::pin(async { Err(StoreError::Conflict) })
    }

    fn clear<'a>(&'a self, _: &'a StoreKey, _: Version) -> StoreFuture<'a, ()> {
        Box::pin(async { Err(StoreError::Conflict) })
    }

    fn list<'a>(&'a self, _: &'a ListQuery) -> StoreFuture<'a, Vec<String>> {
        Box::pin(async { Ok(Vec::new()) })
    }
}

#[tokio::test]
async fn callers_who_wait_for_another_process_give_up_together() {
    let ory = OryMock::start().await;
    let store = Busy::default();
    let loads = Arc::clone(&store.0);
    let lease = Duration::from_millis(200);
    let keeper = builder(&ory, store).lease(lease).build();
    let calls: Vec<_> = (0..20)
        .map(|_| {
            let keeper = keeper.clone();
            tokio::spawn(async move { keeper.ensure_registered(&wanted()).await })
        })
        .collect();
    for call in calls {
        let error = call.await.expect("no panic").expect_err("it is busy");
        assert!(matches!(error, KeeperError::Busy), "{error:?}");
    }
    // One caller loads the entry every 50 ms, for two leases.
    let loads = loads.load(Ordering::SeqCst);
    assert!(loads <= 10, "{loads}");
}

#[tokio::test]
async fn a_mark_of_a_clock_that_is_slightly_ahead_has_not_lapsed() {
    let ory = OryMock::start().await;
    let store = MemoryStore::new();
    let first = registered(&ory, store.clone()).await;
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    let soon = now.expect("the clock is right") + Duration::from_secs(30);
    let since = u64::try_from(soon.as_millis()).expect("a time");
    change_record(&first, &store, |record| {
        record["state"] =
            json!({"is": "updating", "since": since, "by": "a live process", "attempted": {}});
    })
    .await;
    let error = builder(&ory, store).build().recover().await;
    let error = error.expect_err("the lease has not expired");
    assert!(matches!(error, KeeperError::Conflict), "{error:?}");
}
