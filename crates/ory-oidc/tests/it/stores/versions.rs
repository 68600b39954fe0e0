//! Versions in files, with clocks that cannot be trusted, and the runtime that files need.

use super::support::{check_damaged, check_unavailable, content, file_store, key, loaded, saved};
use ory_oidc::{FileStore, RegistrationStore as _, StoreKey, Version};
use std::fs;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

/// Later than any clock says while this is of use: the year 2255.
const FAR: u64 = 9_000_000_000_000_000_000;

/// Gives an entry the version that a clock in the future would have given.
async fn saved_in_the_future(store: &FileStore, key: &StoreKey, version: u64) {
    let now = saved(store, key, "1").await;
    let path = store.path(key);
    let text = fs::read_to_string(&path).expect("it was saved");
    let text = text.replace(&now.0.to_string(), &version.to_string());
    fs::write(&path, text).expect("the file is ours");
}

#[tokio::test]
async fn the_next_version_is_later_when_the_clock_was_set_back() {
    let (_home, store) = file_store();
    let key = key("app");
    saved_in_the_future(&store, &key, FAR).await;
    let next = store.save(&key, Some(Version(FAR)), &content("2")).await;
    assert_eq!(next.expect("the version is right"), Version(FAR + 1));
}

#[tokio::test]
async fn so_it_is_when_the_entry_was_cleared_in_between() {
    let (_home, store) = file_store();
    let (key, other) = (key("app"), key("other"));
    saved_in_the_future(&store, &key, FAR).await;
    store.clear(&key, Version(FAR)).await.expect("its version");
    assert_eq!(saved(&store, &key, "2").await, Version(FAR + 1));
    // What is remembered holds for the whole folder.
    assert_eq!(saved(&store, &other, "3").await, Version(FAR + 1));
    store
        .clear(&key, Version(FAR + 1))
        .await
        .expect("its version");
    let again = FileStore::open(store.path(&key).parent().expect("the folder"));
    let version = saved(&again.expect("a sound folder"), &key, "4").await;
    assert_eq!(version, Version(FAR + 2));
}

#[tokio::test]
async fn an_entry_with_the_last_version_is_kept_and_can_be_cleared() {
    let (_home, store) = file_store();
    let key = key("app");
    saved_in_the_future(&store, &key, u64::MAX).await;
    let last = Version(u64::MAX);
    let error = store.save(&key, Some(last), &content("2")).await;
    check_damaged(
        &error.expect_err("no version is left"),
        "app@",
        "no version",
    );
    assert_eq!(loaded(&store, &key).await.content, content("1"));
    store.clear(&key, last).await.expect("its version");
}

#[test]
fn without_a_runtime_a_call_fails_and_does_not_panic() {
    let (_home, store) = file_store();
    let key = key("app");
    let mut load = pin!(store.load(&key));
    match load.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(result) => check_unavailable(&result.expect_err("there is no runtime")),
        Poll::Pending => panic!("nobody would ever wake it"),
    }
}
