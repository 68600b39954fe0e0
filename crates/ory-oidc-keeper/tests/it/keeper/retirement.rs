//! The end of a registration.

use super::{FailingStore, keeper, lose_reply, registered, wanted};
use ory_oidc_keeper::encrypted::EncryptedStore;
use ory_oidc_keeper::file::FileStore;
use ory_oidc_keeper::memory::MemoryStore;
use ory_oidc_keeper::store::{Content, RegistrationStore};
use ory_oidc_keeper::{Action, KeeperError, KeeperErrorKind, Retirement};
use ory_oidc_mock::{Fault, OryMock};
use std::fs;
use std::time::Duration;

#[tokio::test]
async fn retire_deletes_the_client_and_then_the_entry() {
    let ory = OryMock::start().await;
    let store = MemoryStore::new();
    let retirement = keeper(&ory, store.clone()).retire().await;
    assert_eq!(retirement.expect("no entry"), Retirement::NotRegistered);

    let keeper = registered(&ory, store).await;
    ory.fail_next(Fault::answer(503).on("DELETE", "/oauth2/register"));
    keeper
        .retire()
        .await
        .expect_err("the server is unavailable");
    assert!(
        keeper.stored().await.expect("stored").is_some(),
        "the token must be kept while the client exists"
    );
    assert_eq!(keeper.retire().await.expect("deleted"), Retirement::Deleted);
    assert_eq!(keeper.stored().await.expect("stored"), None);
    assert_eq!(ory.registered_clients(), Vec::<String>::new());
}

#[tokio::test]
async fn an_entry_that_cannot_be_removed_is_an_error_that_says_what_was_done() {
    for was_deleted in [false, true] {
        let ory = OryMock::start().await;
        let store = FailingStore::after(2);
        let keeper = registered(&ory, store.clone()).await;
        if was_deleted {
            ory.delete_client(&ory.registered_clients().remove(0));
        }
        let error = keeper.retire().await.expect_err("the disk is full");
        // The proof of an earlier deletion needs a mark in the store.
        let expected = if was_deleted {
            KeeperErrorKind::StoreUnavailable
        } else {
            KeeperErrorKind::NotCleared
        };
        assert_eq!(error.kind(), expected, "{error:?}");
        assert!(error.is_retryable());
        assert_eq!(ory.registered_clients(), [""; 0]);
        let discarded = keeper.discard_local().await;
        let error = discarded.expect_err("the disk is full");
        assert_eq!(error.kind(), KeeperErrorKind::StoreUnavailable);
        store.repair();
        let retirement = keeper.retire().await.expect("the store works");
        assert_eq!(retirement, Retirement::AlreadyDeleted);
        assert_eq!(keeper.last_known().await.expect("loaded"), None);
    }
}

#[tokio::test]
async fn retire_clears_the_entry_of_a_client_that_was_deleted_before() {
    let ory = OryMock::start().await;
    let keeper = registered(&ory, MemoryStore::new()).await;
    ory.delete_client(&ory.registered_clients().remove(0));
    assert_eq!(
        keeper.retire().await.expect("deleted"),
        Retirement::AlreadyDeleted
    );
    assert_eq!(keeper.stored().await.expect("stored"), None);
}

#[tokio::test]
async fn retire_keeps_an_entry_whose_key_is_lost_until_it_is_discarded() {
    let ory = OryMock::start().await;
    let keeper = registered(&ory, MemoryStore::new()).await;
    lose_reply(&ory, &keeper).await;
    keeper.recover().await.expect("key lost");
    assert_eq!(
        keeper.retire().await.expect("key lost"),
        Retirement::KeyLost
    );
    assert!(keeper.last_known().await.expect("load").is_some());
    keeper.discard_local().await.expect("discarded");
    assert_eq!(keeper.stored().await.expect("stored"), None);
}

#[tokio::test]
async fn a_record_that_cannot_be_read_is_discarded() {
    let (ory, store) = (OryMock::start().await, MemoryStore::new());
    let keeper = keeper(&ory, store.clone());
    for text in [
        "",
        "{}",
        "[]",
        "{\"format\": 1",
        "{\"format\": 9999}",
        "not JSON",
    ] {
        let saved = store.save(keeper.key(), None, &Content::new(text)).await;
        saved.expect("there was no entry");
        let error = keeper.retire().await.expect_err("not readable");
        assert_eq!(error.kind(), KeeperErrorKind::StoreDamaged, "{text}");
        keeper.discard_local().await.expect("discarded");
        assert_eq!(store.load(keeper.key()).await.expect("loaded"), None);
    }
    let ensured = keeper.ensure_registered(&wanted()).await;
    assert_eq!(ensured.expect("registered").action(), Action::Registered);
}

#[tokio::test]
async fn an_entry_that_the_store_cannot_read_is_not_discarded() {
    let ory = OryMock::start().await;
    let home = tempfile::tempdir().expect("a temporary directory");
    let files = FileStore::open(home.path().join("store")).expect("a new directory");
    let damaged = registered(&ory, files.clone()).await;
    let path = files.path(damaged.key());
    fs::write(&path, "{").expect("the file is ours");
    let error = damaged.discard_local().await.expect_err("it is truncated");
    assert_eq!(error.kind(), KeeperErrorKind::StoreDamaged);
    assert_eq!(fs::read(&path).expect("it is still there"), b"{");

    let inner = MemoryStore::new();
    let before = registered(&ory, EncryptedStore::new(inner.clone(), &[1; 32])).await;
    let entry = inner.load(before.key()).await.expect("loaded");
    let other_key = keeper(&ory, EncryptedStore::new(inner.clone(), &[2; 32]));
    let error = other_key.discard_local().await;
    let error = error.expect_err("no key decrypts it");
    assert_eq!(error.kind(), KeeperErrorKind::StoreDamaged);
    assert_eq!(inner.load(before.key()).await.expect("loaded"), entry);
}

#[tokio::test]
async fn an_entry_that_another_keeper_is_changing_is_not_discarded() {
    let (ory, store) = (OryMock::start().await, MemoryStore::new());
    let other = registered(&ory, store.clone()).await;
    ory.fail_next(Fault::delay(Duration::from_secs(60)).on("PUT", "/oauth2/register"));
    let updating = tokio::spawn(async move { other.update(super::rename("Other")).await });
    while super::updates(&ory) == 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let error = keeper(&ory, store).discard_local().await;
    let error = error.expect_err("an update is under way");
    assert!(matches!(error, KeeperError::Conflict), "{error:?}");
    updating.abort();
}
