//! What the tests of stores share.

use ory_oidc::{Content, Entry, FileStore, RegistrationStore, StoreError, StoreKey, Version};
use std::path::PathBuf;
use tempfile::TempDir;

/// Part of every content that is written: it must not turn up in a message.
pub(super) const SECRET: &str = "MARKER-SECRET";

pub(super) fn key(name: &str) -> StoreKey {
    StoreKey::new("https://ory.example", name)
}

pub(super) fn content(text: &str) -> Content {
    Content::new(format!(
        r#"{{"client_secret": "{SECRET}", "text": "{text}"}}"#
    ))
}

/// A folder for a store that does not exist yet, and what removes it in the end.
pub(super) fn place() -> (TempDir, PathBuf) {
    let home = tempfile::tempdir().expect("a temporary folder");
    let folder = home.path().join("store");
    (home, folder)
}

pub(super) fn file_store() -> (TempDir, FileStore) {
    let (home, folder) = place();
    let store = FileStore::open(folder).expect("an empty folder");
    (home, store)
}

pub(super) async fn saved(store: &dyn RegistrationStore, key: &StoreKey, text: &str) -> Version {
    let saved = store.save(key, None, &content(text)).await;
    saved.expect("there was no entry")
}

pub(super) async fn loaded(store: &dyn RegistrationStore, key: &StoreKey) -> Entry {
    let loaded = store.load(key).await.expect("the store answers");
    loaded.expect("there is an entry")
}

/// The one error that load, both ways to save, and clear answer with. It says where, and no secret.
pub(super) async fn refusal(
    store: &dyn RegistrationStore,
    key: &StoreKey,
    version: Version,
) -> StoreError {
    let new = content("new");
    let errors = [
        store.load(key).await.expect_err("load"),
        store.save(key, None, &new).await.expect_err("save"),
        store
            .save(key, Some(version), &new)
            .await
            .expect_err("save of the version"),
        store.clear(key, version).await.expect_err("clear"),
    ];
    let texts = errors.each_ref().map(|error| format!("{error} {error:?}"));
    for text in &texts {
        assert_eq!(text, &texts[0]);
        assert!(!text.contains(SECRET), "{text}");
    }
    let [error, ..] = errors;
    error
}

#[track_caller]
pub(super) fn check_damaged(error: &StoreError, where_: &str, what: &str) {
    match error {
        StoreError::Damaged { place, reason } => check_told(place, reason, where_, what),
        other => panic!("{other:?} instead of: damaged, {what}"),
    }
}

#[track_caller]
pub(super) fn check_unsafe(error: &StoreError, where_: &str, what: &str) {
    match error {
        StoreError::Unsafe { place, reason } => check_told(place, reason, where_, what),
        other => panic!("{other:?} instead of: unsafe, {what}"),
    }
}

#[track_caller]
pub(super) fn check_unavailable(error: &StoreError) {
    assert!(matches!(error, StoreError::Unavailable { .. }), "{error:?}");
}

#[track_caller]
pub(super) fn check_conflict<T: std::fmt::Debug>(result: Result<T, StoreError>) {
    let error = result.expect_err("somebody else was first");
    assert!(matches!(error, StoreError::Conflict), "{error:?}");
}

#[track_caller]
fn check_told(place: &str, reason: &str, where_: &str, what: &str) {
    assert!(place.contains(where_), "{place} instead of {where_}");
    assert!(reason.contains(what), "{reason} instead of {what}");
}
