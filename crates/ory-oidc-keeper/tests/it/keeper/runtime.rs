//! A runtime that is shut down while a keeper changes its registration.

use super::{keeper, registered, rename, updates};
use ory_oidc_keeper::memory::MemoryStore;
use ory_oidc_keeper::store::{
    Content, Entry, ListQuery, RegistrationStore, StoreFuture, StoreKey, Version,
};
use ory_oidc_keeper::{Action, KeeperError, KeeperErrorKind, Retirement};
use ory_oidc_mock::{Fault, OryMock};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;
use tokio::runtime::{Builder, Runtime};

/// Longer than any of these tests takes.
const LIMIT: Duration = Duration::from_secs(30);

fn runtime() -> Runtime {
    Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .expect("a runtime")
}

#[track_caller]
fn check_interrupted(error: &KeeperError, expected: &str) {
    let KeeperError::Interrupted { method } = error else {
        panic!("{error:?}")
    };
    assert_eq!(*method, expected);
    assert!(
        error.to_string().contains(&format!("{method}()")),
        "{error}"
    );
}

#[test]
fn an_update_cut_off_by_a_shutdown_is_an_error_and_leaves_its_intent() {
    // The mock server has a runtime of its own, which goes on.
    let (servers, callers) = (runtime(), runtime());
    let store = MemoryStore::new();
    let (ory, one) = servers.block_on(async {
        let ory = OryMock::start().await;
        let one = registered(&ory, store.clone()).await;
        (ory, one)
    });
    ory.fail_next(Fault::delay(LIMIT).on("PUT", "/oauth2/register"));
    let (sender, receiver) = mpsc::channel();
    let handle = callers.handle().clone();
    let caller = thread::spawn(move || {
        let outcome = handle.block_on(one.update(rename("Renamed")));
        sender.send(outcome).expect("the test waits");
    });
    while updates(&ory) == 0 {
        thread::sleep(Duration::from_millis(5));
    }
    callers.shutdown_background();
    let outcome = receiver.recv_timeout(LIMIT / 2);
    let error = outcome.expect("an answer").expect_err("interrupted");
    check_interrupted(&error, "update");
    assert_eq!(error.kind(), KeeperErrorKind::OutcomeUnknown);
    caller.join().expect("no panic");

    servers.block_on(async {
        let error = keeper(&ory, store).stored().await;
        let error = error.expect_err("the intent is stored");
        assert!(matches!(error, KeeperError::Conflict), "{error:?}");
    });
}

/// A store that blocks each load until the test lets it go on.
struct Blocking {
    inner: MemoryStore,
    entered: mpsc::SyncSender<()>,
    release: std::sync::Mutex<mpsc::Receiver<()>>,
}

impl RegistrationStore for Blocking {
    fn load<'a>(&'a self, key: &'a StoreKey) -> StoreFuture<'a, Option<Entry>> {
        Box::pin(async move {
            self.entered.send(()).expect("the test waits");
            // Blocks this thread, so that the load does not depend on the runtime.
            let release = || self.release.lock().expect("nothing panicked").recv();
            release().expect("the test goes on");
            self.inner.load(key).await
        })
    }

    fn save<'a>(
        &'a self,
        key: &'a StoreKey,
        expected: Option<Version>,
        content: &'a Content,
    ) -> StoreFuture<'a, Version> {
        self.inner.save(key, expected, content)
    }

    fn clear<'a>(&'a self, key: &'a StoreKey, expected: Version) -> StoreFuture<'a, ()> {
        self.inner.clear(key, expected)
    }

    fn list<'a>(&'a self, query: &'a ListQuery) -> StoreFuture<'a, Vec<String>> {
        self.inner.list(query)
    }
}

#[test]
fn a_registration_begun_after_a_shutdown_is_an_error() {
    let (servers, callers) = (runtime(), runtime());
    let ory = servers.block_on(OryMock::start());
    let (entered, has_entered) = mpsc::sync_channel(0);
    let (go_on, release) = mpsc::channel();
    let store = Blocking {
        inner: MemoryStore::new(),
        entered,
        release: std::sync::Mutex::new(release),
    };
    let keeper = keeper(&ory, store);
    let (sender, receiver) = mpsc::channel();
    let handle = callers.handle().clone();
    let caller = thread::spawn(move || {
        let outcome = handle.block_on(keeper.ensure_registered(&super::wanted()));
        sender.send(outcome.map(drop)).expect("the test waits");
    });
    has_entered.recv_timeout(LIMIT).expect("the first load");
    callers.shutdown_background();
    go_on.send(()).expect("the store waits");
    let outcome = receiver.recv_timeout(LIMIT / 2).expect("an answer");
    let error = outcome.expect_err("interrupted");
    check_interrupted(&error, "ensure_registered");
    caller.join().expect("no panic");
    assert_eq!(ory.requests().len(), 0);
}

#[test]
fn every_method_is_an_error_after_a_shutdown() {
    let (servers, callers) = (runtime(), runtime());
    let store = MemoryStore::new();
    let (ory, keeper) = servers.block_on(async {
        let ory = OryMock::start().await;
        let keeper = registered(&ory, store).await;
        (ory, keeper)
    });
    let known = servers.block_on(keeper.stored()).expect("stored");
    let known = known.expect("an entry");
    let requests = ory.requests().len();
    let handle = callers.handle().clone();
    callers.shutdown_background();
    let (sender, receiver) = mpsc::channel();
    let caller = thread::spawn(move || {
        handle.block_on(async {
            let ensured = keeper.ensure_registered(&super::wanted()).await;
            let rejected = keeper.report_rejected(&known).await;
            let results = [
                ("update", keeper.update(rename("Renamed")).await.map(drop)),
                ("ensure_registered", ensured.map(drop)),
                ("recover", keeper.recover().await.map(drop)),
                ("retire", keeper.retire().await.map(drop)),
                ("report_rejected", rejected.map(drop)),
                ("adopt", keeper.adopt(known.clone()).await),
                ("discard_local", keeper.discard_local().await),
                ("stored", keeper.stored().await.map(drop)),
                ("last_known", keeper.last_known().await.map(drop)),
                ("superseded", keeper.superseded().await.map(drop)),
            ];
            sender.send(results).expect("the test waits");
        });
    });
    for (method, result) in receiver.recv_timeout(LIMIT).expect("an answer") {
        check_interrupted(&result.expect_err("interrupted"), method);
    }
    caller.join().expect("no panic");
    assert_eq!(ory.requests().len(), requests);
}

#[test]
fn a_keeper_works_in_the_next_runtime_after_its_first_one_ended() {
    let servers = runtime();
    let ory = servers.block_on(OryMock::start());
    let keeper = keeper(&ory, MemoryStore::new());
    let wanted = super::wanted();
    let first = runtime();
    let ensured = first.block_on(keeper.ensure_registered(&wanted));
    ensured.expect("registered");
    drop(first);
    // A call may get a connection whose task ended with the runtime.
    let second = runtime();
    let ensured = second.block_on(async {
        loop {
            match keeper.ensure_registered(&wanted).await {
                Err(error) if error.is_retryable() => {}
                done => break done,
            }
        }
    });
    assert_eq!(ensured.expect("reused").action(), Action::Reused);
    let updated = second.block_on(keeper.update(rename("Renamed")));
    updated.expect("updated");
    let retired = second.block_on(keeper.retire());
    assert_eq!(retired.expect("deleted"), Retirement::Deleted);
    assert_eq!(ory.requests_to("POST", "/oauth2/register").len(), 1);
}
