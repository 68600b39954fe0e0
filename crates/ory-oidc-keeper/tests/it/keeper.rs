//! The keeper, on the mock server.

mod adoption;
mod cuts;
mod dropped;
mod ensure;
mod errors;
mod evidence;
mod fleet;
mod lease;
mod limits;
mod outage;
mod processes;
mod proxy;
mod records;
mod recovery;
mod rejection;
mod rescue;
mod retirement;
mod runtime;
mod saving;
mod secret_expiry;
mod secrets;
mod stalls;
mod stubborn;
mod superseded;
mod update;

use ory_oidc::{Client, ClientMetadata};
use ory_oidc_keeper::memory::MemoryStore;
use ory_oidc_keeper::store::{
    Content, Entry, ListQuery, RegistrationStore, StoreError, StoreFuture, StoreKey, Version,
};
use ory_oidc_keeper::{Keeper, KeeperBuilder};
use ory_oidc_mock::{Fault, OryMock};
use serde_json::Value;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

const NAME: &str = "my-app";

fn wanted() -> ClientMetadata {
    ClientMetadata::new(["https://app.example/callback"])
        .client_name("My app")
        .contacts(["ops@app.example"])
        .scope(["openid", "offline_access"])
}

fn client(url: &str) -> Client {
    Client::new(url).expect("a client")
}

/// A builder without pauses: no request takes long on this machine.
fn builder(ory: &OryMock, store: impl RegistrationStore + 'static) -> KeeperBuilder {
    without_pauses(Keeper::builder(client(ory.url()), store, NAME))
}

fn without_pauses(builder: KeeperBuilder) -> KeeperBuilder {
    builder
        .settling_time(Duration::ZERO)
        .confirmation_interval(Duration::ZERO)
}

fn keeper(ory: &OryMock, store: impl RegistrationStore + 'static) -> Keeper {
    builder(ory, store).build()
}

/// A keeper that has registered its client.
async fn registered(ory: &OryMock, store: impl RegistrationStore + 'static) -> Keeper {
    let keeper = keeper(ory, store);
    keeper
        .ensure_registered(&wanted())
        .await
        .expect("registered");
    keeper
}

fn rename(name: &str) -> impl FnOnce(&mut ClientMetadata) {
    move |metadata| metadata.set_client_name(name)
}

/// Sends an update that the server applies, and whose response with the new token is lost.
async fn lose_reply(ory: &OryMock, keeper: &Keeper) {
    let lost_reply = Fault::drop_connection().after_handling();
    ory.fail_next(lost_reply.on("PUT", "/oauth2/register"));
    keeper
        .update(rename("Renamed"))
        .await
        .expect_err("no reply");
}

/// The path of the only registered client.
fn registration_path(ory: &OryMock) -> String {
    format!("/oauth2/register/{}", ory.registered_clients().remove(0))
}

/// The number of updates that the only registered client got.
fn updates(ory: &OryMock) -> usize {
    ory.requests_to("PUT", &registration_path(ory)).len()
}

/// Changes the stored record.
async fn change_record(keeper: &Keeper, store: &MemoryStore, change: impl FnOnce(&mut Value)) {
    let entry = store.load(keeper.key()).await.expect("loaded");
    let entry = entry.expect("an entry");
    let mut record = serde_json::from_str(entry.content.expose()).expect("JSON");
    change(&mut record);
    let content = Content::new(record.to_string());
    let saved = store.save(keeper.key(), Some(entry.version), &content);
    saved.await.expect("saved");
}

/// A store whose writes fail after a number of successful ones.
#[derive(Clone)]
struct FailingStore {
    inner: MemoryStore,
    writes_left: Arc<AtomicUsize>,
}

impl FailingStore {
    fn after(writes: usize) -> Self {
        Self {
            inner: MemoryStore::new(),
            writes_left: Arc::new(AtomicUsize::new(writes)),
        }
    }

    fn repair(&self) {
        self.writes_left.store(usize::MAX, Ordering::SeqCst);
    }
}

fn full() -> StoreError {
    StoreError::unavailable("test store", "the disk is full")
}

impl RegistrationStore for FailingStore {
    fn load<'a>(&'a self, key: &'a StoreKey) -> StoreFuture<'a, Option<Entry>> {
        self.inner.load(key)
    }

    fn save<'a>(
        &'a self,
        key: &'a StoreKey,
        expected: Option<Version>,
        content: &'a Content,
    ) -> StoreFuture<'a, Version> {
        let left = self
            .writes_left
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| {
                left.checked_sub(1)
            });
        if left.is_ok() {
            return self.inner.save(key, expected, content);
        }
        Box::pin(async { Err(full()) })
    }

    fn clear<'a>(&'a self, key: &'a StoreKey, expected: Version) -> StoreFuture<'a, ()> {
        if self.writes_left.load(Ordering::SeqCst) > 0 {
            return self.inner.clear(key, expected);
        }
        Box::pin(async { Err(full()) })
    }

    fn list<'a>(&'a self, query: &'a ListQuery) -> StoreFuture<'a, Vec<String>> {
        self.inner.list(query)
    }
}
