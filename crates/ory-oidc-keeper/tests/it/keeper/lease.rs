//! The lease, compared with the time that requests and the store may take.

use super::{NAME, client, keeper, wanted, without_pauses};
use ory_oidc::Client;
use ory_oidc_keeper::encrypted::EncryptedStore;
use ory_oidc_keeper::file::FileStore;
use ory_oidc_keeper::memory::MemoryStore;
use ory_oidc_keeper::store::{
    Content, Entry, ListQuery, RegistrationStore, StoreFuture, StoreKey, Version,
};
use ory_oidc_keeper::{Action, Keeper};
use ory_oidc_mock::OryMock;
use std::sync::Arc;
use std::time::Duration;

const MINUTE: Duration = Duration::from_secs(60);

fn lease_with(ory: &Client, store: impl RegistrationStore + 'static, wanted: Duration) -> Duration {
    let keeper = Keeper::builder(ory.clone(), store, NAME);
    keeper.lease(wanted).build().lease()
}

#[tokio::test]
async fn the_lease_covers_a_request_and_two_calls_of_each_store() {
    let ory = client("http://127.0.0.1:1");
    let home = tempfile::tempdir().expect("a temporary directory");
    let files = || FileStore::builder(home.path().join("store"));
    let default = || files().open().expect("a new directory");
    let seconds = Duration::from_secs;

    assert_eq!(lease_with(&ory, MemoryStore::new(), MINUTE), MINUTE);
    assert_eq!(lease_with(&ory, default(), MINUTE), seconds(45 + 20));
    assert_eq!(lease_with(&ory, default(), seconds(4)), seconds(3 + 20));
    assert_eq!(lease_with(&ory, default(), 10 * MINUTE), 10 * MINUTE);
    assert_eq!(lease_with(&ory, default(), Duration::ZERO), Duration::ZERO);
    let quick = files().timeout(seconds(1)).open();
    let quick = quick.expect("a new directory");
    assert_eq!(lease_with(&ory, quick, MINUTE), MINUTE);

    // Wrapped stores: an encrypted one loads before it saves.
    let encrypted = || EncryptedStore::new(default(), &[7; 32]);
    assert_eq!(lease_with(&ory, encrypted(), MINUTE), seconds(45 + 40));
    let shared: Arc<dyn RegistrationStore> = Arc::new(encrypted());
    assert_eq!(lease_with(&ory, shared, MINUTE), seconds(45 + 40));
}

/// A store in memory whose saves take a while.
#[derive(Clone)]
struct SlowToSave(MemoryStore);

impl SlowToSave {
    const DELAY: Duration = Duration::from_millis(700);
}

impl RegistrationStore for SlowToSave {
    fn load<'a>(&'a self, key: &'a StoreKey) -> StoreFuture<'a, Option<Entry>> {
        self.0.load(key)
    }

    fn save<'a>(
        &'a self,
        key: &'a StoreKey,
        expected: Option<Version>,
        content: &'a Content,
    ) -> StoreFuture<'a, Version> {
        Box::pin(async move {
            let mark = expected.is_none();
            if !mark {
                tokio::time::sleep(Self::DELAY).await;
            }
            let saved = self.0.save(key, expected, content).await;
            if mark {
                // Others see the mark meanwhile.
                tokio::time::sleep(Self::DELAY).await;
            }
            saved
        })
    }

    fn clear<'a>(&'a self, key: &'a StoreKey, expected: Version) -> StoreFuture<'a, ()> {
        self.0.clear(key, expected)
    }

    fn list<'a>(&'a self, query: &'a ListQuery) -> StoreFuture<'a, Vec<String>> {
        self.0.list(query)
    }

    fn timeout(&self) -> Option<Duration> {
        Some(10 * Self::DELAY)
    }
}

#[tokio::test]
async fn nobody_takes_over_a_change_that_is_still_being_saved() {
    let ory = OryMock::start().await;
    let store = SlowToSave(MemoryStore::new());
    let keeper_with_short_lease = || {
        let keeper = Keeper::builder(client(ory.url()), store.clone(), NAME);
        without_pauses(keeper).lease(SlowToSave::DELAY).build()
    };
    let (one, other) = (keeper_with_short_lease(), keeper_with_short_lease());
    let wanted = wanted();
    let (one, other) = tokio::join!(
        one.ensure_registered(&wanted),
        other.ensure_registered(&wanted)
    );
    let (one, other) = (one.expect("ensured"), other.expect("ensured"));
    assert_eq!(
        one.registration().client_id(),
        other.registration().client_id()
    );
    assert_eq!(ory.requests_to("POST", "/oauth2/register").len(), 1);
    let again = keeper(&ory, store.0).ensure_registered(&wanted).await;
    assert_eq!(again.expect("settled").action(), Action::Reused);
}
