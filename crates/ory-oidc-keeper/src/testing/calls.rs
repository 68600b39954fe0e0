//! Calls of a store that must succeed, or fail with a conflict.

use crate::store::{Content, Entry, RegistrationStore, StoreError, StoreKey, Version};
use std::fmt::Debug;

/// The key of the tests that need only one.
pub(super) fn key(name: &str) -> StoreKey {
    StoreKey::new("https://ory.example", name)
}

pub(super) async fn load(store: &impl RegistrationStore, key: &StoreKey) -> Option<Entry> {
    store
        .load(key)
        .await
        .unwrap_or_else(|error| panic!("load failed: {error:?}"))
}

pub(super) async fn save(
    store: &impl RegistrationStore,
    key: &StoreKey,
    expected: Option<Version>,
    text: &str,
) -> Version {
    store
        .save(key, expected, &Content::new(text))
        .await
        .unwrap_or_else(|error| {
            panic!("save with the expected version {expected:?} failed: {error:?}")
        })
}

pub(super) async fn clear(store: &impl RegistrationStore, key: &StoreKey, expected: Version) {
    store
        .clear(key, expected)
        .await
        .unwrap_or_else(|error| panic!("clear with the current version failed: {error:?}"));
}

#[track_caller]
pub(super) fn assert_conflict<T: Debug>(result: &Result<T, StoreError>, call: &str) {
    assert!(
        matches!(result, Err(StoreError::Conflict)),
        "{call} must be a conflict, but is {result:?}"
    );
}

/// Asserts that the entry is the one that was saved last.
pub(super) async fn assert_entry(
    store: &impl RegistrationStore,
    key: &StoreKey,
    version: Version,
    text: &str,
) {
    let entry = load(store, key).await.expect("the entry must exist");
    assert_eq!(
        entry.version, version,
        "load must return the version of the last save"
    );
    assert!(
        entry.content.expose() == text,
        "load must return the text of the last save"
    );
}
