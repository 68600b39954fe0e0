//! Helpers of the store tests.

use ory_oidc_keeper::file::FileStore;
use ory_oidc_keeper::store::{Content, Entry, RegistrationStore, StoreError, StoreKey, Version};
use std::path::PathBuf;
use tempfile::TempDir;

/// Part of each text that is saved. No message may contain it.
pub(super) const SECRET: &str = "MARKER-SECRET";

pub(super) fn key(name: &str) -> StoreKey {
    StoreKey::new("https://ory.example", name)
}

pub(super) fn content(text: &str) -> Content {
    Content::new(format!(
        r#"{{"client_secret": "{SECRET}", "text": "{text}"}}"#
    ))
}

/// Returns the path of a store directory that does not exist yet, and its temporary parent.
pub(super) fn place() -> (TempDir, PathBuf) {
    let home = tempfile::tempdir().expect("a temporary directory");
    let directory = home.path().join("store");
    (home, directory)
}

pub(super) fn file_store() -> (TempDir, FileStore) {
    let (home, directory) = place();
    let store = FileStore::open(directory).expect("an empty directory");
    (home, store)
}

pub(super) async fn saved(store: &dyn RegistrationStore, key: &StoreKey, text: &str) -> Version {
    let saved = store.save(key, None, &content(text)).await;
    saved.expect("there was no entry")
}

pub(super) async fn loaded(store: &dyn RegistrationStore, key: &StoreKey) -> Entry {
    let loaded = store.load(key).await.expect("load");
    loaded.expect("there is an entry")
}

/// Returns the error that load, both kinds of save, and clear have in common. None of them may
/// quote the entry.
pub(super) async fn refusal(
    store: &dyn RegistrationStore,
    key: &StoreKey,
    version: Version,
) -> StoreError {
    let new = content("new");
    let errors = [
        store.load(key).await.expect_err("load"),
        store.save(key, None, &new).await.expect_err("first save"),
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
pub(super) fn check_damaged(error: &StoreError, expected_place: &str, expected_reason: &str) {
    match error {
        StoreError::Damaged { place, reason } => {
            check_parts((place, reason), (expected_place, expected_reason));
        }
        other => panic!("expected a damaged entry ({expected_reason}), got {other:?}"),
    }
}

#[track_caller]
pub(super) fn check_unsafe(error: &StoreError, expected_place: &str, expected_reason: &str) {
    match error {
        StoreError::Unsafe { place, reason } => {
            check_parts((place, reason), (expected_place, expected_reason));
        }
        other => panic!("expected an unsafe entry ({expected_reason}), got {other:?}"),
    }
}

#[track_caller]
pub(super) fn check_unavailable(error: &StoreError) {
    assert!(matches!(error, StoreError::Unavailable { .. }), "{error:?}");
}

#[track_caller]
pub(super) fn check_conflict<T: std::fmt::Debug>(result: Result<T, StoreError>) {
    let error = result.expect_err("another writer was first");
    assert!(matches!(error, StoreError::Conflict), "{error:?}");
}

#[track_caller]
fn check_parts(found: (&str, &str), expected: (&str, &str)) {
    assert!(
        found.0.contains(expected.0) && found.1.contains(expected.1),
        "expected {expected:?}, got {found:?}"
    );
}
