//! A registration that is not lost.

mod cuts;
mod ensure;
mod processes;
mod recovery;

use ory_oidc::{
    Client, ClientMetadata, Content, Entry, Keeper, MemoryStore, RegistrationStore, StoreError,
    StoreFuture, StoreKey, Version,
};
use ory_oidc_mock::OryMock;
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

/// A keeper that need not wait for what is on its way: nothing is, on this machine.
fn keeper(ory: &OryMock, store: impl RegistrationStore + 'static) -> Keeper {
    client(ory.url())
        .keeper(store, NAME)
        .settling(Duration::ZERO)
}

fn rename(name: &str) -> impl FnOnce(&mut ClientMetadata) {
    move |metadata| metadata.set_client_name(name)
}

/// A store whose writes fail from a given one on, counted from one.
#[derive(Clone)]
struct FailingStore {
    inner: MemoryStore,
    good_writes: Arc<AtomicUsize>,
}

impl FailingStore {
    fn after(good_writes: usize) -> Self {
        Self {
            inner: MemoryStore::new(),
            good_writes: Arc::new(AtomicUsize::new(good_writes)),
        }
    }
}

impl FailingStore {
    fn mend(&self) {
        self.good_writes.store(usize::MAX, Ordering::SeqCst);
    }
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
            .good_writes
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| {
                left.checked_sub(1)
            });
        if left.is_ok() {
            return self.inner.save(key, expected, content);
        }
        let source = "the disk is full".into();
        Box::pin(async {
            Err(StoreError::Unavailable {
                place: "here".to_owned(),
                source,
            })
        })
    }

    fn clear<'a>(&'a self, key: &'a StoreKey, expected: Version) -> StoreFuture<'a, ()> {
        self.inner.clear(key, expected)
    }
}
