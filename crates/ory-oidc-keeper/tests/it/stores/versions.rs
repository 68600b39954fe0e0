//! The versions of file stores when clocks are wrong, and calls without a runtime.

use super::support::{
    check_conflict, check_damaged, check_unavailable, content, file_store, key, loaded, saved,
};
use ory_oidc_keeper::file::FileStore;
use ory_oidc_keeper::store::{RegistrationStore as _, StoreKey, Version};
use std::fs;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

/// A time later than any clock will show for a while: the year 2255.
const FUTURE: u64 = 9_000_000_000_000_000_000;

/// Saves an entry, and gives it the version that a clock in the future would have given.
async fn saved_in_the_future(store: &FileStore, key: &StoreKey, version: u64) {
    let now = saved(store, key, "1").await;
    let path = store.path(key);
    let text = fs::read_to_string(&path).expect("the entry was saved");
    let text = text.replace(&now.0.to_string(), &version.to_string());
    fs::write(&path, text).expect("the file is ours");
}

#[tokio::test]
async fn the_next_version_is_higher_after_the_clock_was_set_back() {
    let (_home, store) = file_store();
    let key = key("app");
    saved_in_the_future(&store, &key, FUTURE).await;
    let next = store.save(&key, Some(Version(FUTURE)), &content("2")).await;
    assert_eq!(next.expect("the version is current"), Version(FUTURE + 1));
}

#[tokio::test]
async fn the_next_version_is_higher_even_if_the_entry_was_cleared_in_between() {
    let (_home, store) = file_store();
    let (key, other) = (key("app"), key("other"));
    saved_in_the_future(&store, &key, FUTURE).await;
    let cleared = store.clear(&key, Version(FUTURE)).await;
    cleared.expect("the version is current");
    assert_eq!(saved(&store, &key, "2").await, Version(FUTURE + 1));
    // The record of cleared versions holds for the whole directory.
    assert_eq!(saved(&store, &other, "3").await, Version(FUTURE + 1));
    let cleared = store.clear(&key, Version(FUTURE + 1)).await;
    cleared.expect("the version is current");
    let again = FileStore::open(store.path(&key).parent().expect("the directory"));
    let version = saved(&again.expect("a private directory"), &key, "4").await;
    assert_eq!(version, Version(FUTURE + 2));
}

#[tokio::test]
async fn an_entry_with_the_highest_version_cannot_be_replaced_but_can_be_cleared() {
    let (_home, store) = file_store();
    let key = key("app");
    saved_in_the_future(&store, &key, u64::MAX).await;
    let last = Version(u64::MAX);
    let error = store.save(&key, Some(last), &content("2")).await;
    check_damaged(
        &error.expect_err("no version is left"),
        "app@",
        "its version cannot be increased",
    );
    assert_eq!(loaded(&store, &key).await.content, content("1"));
    let cleared = store.clear(&key, last).await;
    cleared.expect("the version is current");
    // It does not use up the versions of the directory.
    for name in ["app", "other"] {
        let key = self::key(name);
        let version = saved(&store, &key, "1").await;
        let next = store.save(&key, Some(version), &content("2")).await;
        assert_ne!(next.expect("the version is current"), last);
    }
}

#[tokio::test]
async fn an_entry_of_a_process_whose_clock_was_ahead_is_replaced_cleared_and_saved_again() {
    let (_home, store) = file_store();
    let (key, other) = (key("app"), key("other"));
    let now = saved(&store, &other, "1").await;
    let hour = 3_600_000_000_000;
    let ahead = Version(now.0 + hour);
    saved_in_the_future(&store, &key, ahead.0).await;
    let second = store.save(&key, Some(ahead), &content("2")).await;
    let second = second.expect("the version is current");
    store.clear(&key, second).await.expect("current");
    let third = saved(&store, &key, "3").await;
    assert!(ahead.0 < second.0 && second.0 < third.0);
    let stale = store.save(&key, Some(ahead), &content("4")).await;
    check_conflict(stale);
    let replaced = store.save(&other, Some(now), &content("2")).await;
    replaced.expect("the clock of another process does not matter");
}

#[test]
fn a_call_without_a_runtime_fails_and_does_not_panic() {
    let (_home, store) = file_store();
    let key = key("app");
    let mut load = pin!(store.load(&key));
    match load.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(result) => check_unavailable(&result.expect_err("there is no runtime")),
        Poll::Pending => panic!("nobody would wake it"),
    }
}
