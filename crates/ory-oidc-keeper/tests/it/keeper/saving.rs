//! A store that fails once, just when new credentials must be saved.

use super::{client, keeper, registered, rename, updates, wanted};
use ory_oidc_keeper::memory::MemoryStore;
use ory_oidc_keeper::store::{
    Content, Entry, ListQuery, RegistrationStore, StoreError, StoreFuture, StoreKey, Version,
};
use ory_oidc_keeper::{Action, Keeper, KeeperError};
use ory_oidc_mock::OryMock;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// What happens to one write.
#[derive(Clone, Copy, Debug)]
enum Mishap {
    /// It fails and writes nothing.
    NotWritten,
    /// It writes, and its answer is lost.
    AnswerLost,
    /// It writes, and the database driver sends it again after a lost answer.
    SentTwice,
    /// It fails, and another process writes meanwhile.
    Overtaken,
    /// It is sent twice, too, and another process has written since, with the same registration.
    SentTwiceAndUsed,
    /// It fails, and writes only just before the second attempt.
    Late,
}

/// Registering writes twice; the first write of an update records the intent, and the second one saves the
/// new token.
const WRITE_OF_THE_NEW_TOKEN: usize = 4;
const WRITE_OF_THE_NEW_CLIENT: usize = 2;

#[derive(Clone)]
struct Mishaps {
    inner: MemoryStore,
    mishap: Mishap,
    at_write: usize,
    writes: Arc<AtomicUsize>,
}

impl Mishaps {
    fn new(mishap: Mishap, at_write: usize) -> Self {
        Self {
            inner: MemoryStore::new(),
            mishap,
            at_write,
            writes: Arc::default(),
        }
    }

    async fn fail(
        &self,
        key: &StoreKey,
        expected: Option<Version>,
        content: &Content,
    ) -> StoreError {
        let written = match self.mishap {
            Mishap::NotWritten | Mishap::Late => None,
            Mishap::AnswerLost | Mishap::SentTwice => Some(content.clone()),
            Mishap::SentTwiceAndUsed => Some(Content::new(format!("{} ", content.expose()))),
            Mishap::Overtaken => Some(Content::new("another process wrote this")),
        };
        if let Some(content) = written {
            let saved = self.inner.save(key, expected, &content).await;
            saved.expect("the version is the expected one");
        }
        match self.mishap {
            Mishap::SentTwice | Mishap::SentTwiceAndUsed => StoreError::Conflict,
            _ => StoreError::unavailable("test store", "the connection closed"),
        }
    }
}

impl RegistrationStore for Mishaps {
    fn load<'a>(&'a self, key: &'a StoreKey) -> StoreFuture<'a, Option<Entry>> {
        self.inner.load(key)
    }

    fn save<'a>(
        &'a self,
        key: &'a StoreKey,
        expected: Option<Version>,
        content: &'a Content,
    ) -> StoreFuture<'a, Version> {
        let write = self.writes.fetch_add(1, Ordering::SeqCst) + 1;
        Box::pin(async move {
            if write == self.at_write {
                return Err(self.fail(key, expected, content).await);
            }
            let saved = self.inner.save(key, expected, content).await;
            if write == self.at_write + 1 && matches!(self.mishap, Mishap::Late) {
                return Err(StoreError::Conflict);
            }
            saved
        })
    }

    fn clear<'a>(&'a self, key: &'a StoreKey, expected: Version) -> StoreFuture<'a, ()> {
        self.inner.clear(key, expected)
    }

    fn list<'a>(&'a self, query: &'a ListQuery) -> StoreFuture<'a, Vec<String>> {
        self.inner.list(query)
    }
}

async fn keeper_with(ory: &OryMock, mishap: Mishap) -> (Keeper, Mishaps) {
    let store = Mishaps::new(mishap, WRITE_OF_THE_NEW_TOKEN);
    (registered(ory, store.clone()).await, store)
}

#[tokio::test]
async fn a_write_that_fails_once_is_repeated() {
    let ory = OryMock::start().await;
    let (keeper, store) = keeper_with(&ory, Mishap::NotWritten).await;
    let updated = keeper.update(rename("Renamed")).await;
    let updated = updated.expect("the second attempt succeeds");
    assert_eq!(
        store.writes.load(Ordering::SeqCst),
        WRITE_OF_THE_NEW_TOKEN + 1
    );
    let stored = keeper.stored().await.expect("stored").expect("an entry");
    let token = stored.registration_access_token();
    assert_eq!(token, updated.registration_access_token());
    assert_eq!(updates(&ory), 1);
}

#[tokio::test]
async fn a_write_whose_answer_is_lost_is_recognized_by_its_content() {
    for mishap in [Mishap::AnswerLost, Mishap::SentTwice] {
        let ory = OryMock::start().await;
        let (keeper, store) = keeper_with(&ory, mishap).await;
        let updated = keeper.update(rename("Renamed")).await;
        let mut updated = updated.expect("the first attempt wrote");
        let writes = store.writes.load(Ordering::SeqCst);
        assert_eq!(writes, WRITE_OF_THE_NEW_TOKEN, "{mishap:?}");
        let read = client(ory.url()).read_registration(&mut updated).await;
        read.expect("the token works");
        // The keeper knows the version of its own write.
        let again = keeper.update(rename("Again")).await;
        again.expect("nobody else wrote");
    }
}

#[tokio::test]
async fn a_new_client_is_not_deleted_if_its_write_arrived_nevertheless() {
    for (mishap, action) in [
        (Mishap::Late, Action::Registered),
        (Mishap::SentTwiceAndUsed, Action::Reused),
    ] {
        let ory = OryMock::start().await;
        let store = Mishaps::new(mishap, WRITE_OF_THE_NEW_CLIENT);
        let keeper = keeper(&ory, store);
        let ensured = keeper.ensure_registered(&wanted()).await;
        let ensured = ensured.expect("the write arrived");
        assert_eq!(ensured.action(), action, "{mishap:?}");
        let mut registration = ensured.into_registration();
        let read = client(ory.url()).read_registration(&mut registration).await;
        read.expect("the client exists");
        let stored = keeper.stored().await.expect("stored").expect("an entry");
        assert_eq!(stored.client_id(), registration.client_id());
    }
}

#[tokio::test]
async fn a_write_of_another_process_is_not_overwritten() {
    let ory = OryMock::start().await;
    let (keeper, store) = keeper_with(&ory, Mishap::Overtaken).await;
    let error = keeper.update(rename("Renamed")).await;
    let KeeperError::NotSaved { registration, .. } = error.expect_err("the entry is another's")
    else {
        panic!("another error")
    };
    assert!(registration.registration_access_token().is_some());
    let entry = store.load(keeper.key()).await.expect("loaded");
    let entry = entry.expect("an entry");
    assert_eq!(entry.content.expose(), "another process wrote this");
}
