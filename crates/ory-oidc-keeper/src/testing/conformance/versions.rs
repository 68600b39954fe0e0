//! A write needs the current version.

use crate::store::{Content, RegistrationStore as _, Version};
use crate::testing::calls::{assert_conflict, assert_entry, clear, key, load, save};
use crate::testing::fixture::StoreFixture;
use std::collections::HashSet;

/// A save or a clear with any other version than the current one is a conflict and writes nothing.
///
/// The keeper records that it is about to send an update by saving with the version that it loaded.
/// Two keepers that loaded the same version must not both succeed: the server would replace the
/// registration access token of the first with that of the second.
pub async fn stale_version_is_a_conflict(fixture: &impl StoreFixture) {
    let store = fixture.open().await;
    let key = key("app");
    let first = save(&store, &key, None, "1").await;
    let second = save(&store, &key, Some(first), "2").await;
    for wrong in [first, Version(second.0 + 1), Version(0), Version(u64::MAX)] {
        let saved = store.save(&key, Some(wrong), &Content::new("3")).await;
        assert_conflict(&saved, "save with a version that is not the current one");
        let cleared = store.clear(&key, wrong).await;
        assert_conflict(&cleared, "clear with a version that is not the current one");
    }
    assert_entry(&store, &key, second, "2").await;
}

/// A save that expects no entry is a conflict when there is one, and writes nothing.
///
/// Of all keepers that find no entry, one must win the right to register. The others would create
/// clients that nobody can manage.
pub async fn save_without_version_needs_a_missing_entry(fixture: &impl StoreFixture) {
    let store = fixture.open().await;
    let key = key("app");
    let version = save(&store, &key, None, "1").await;
    let saved = store.save(&key, None, &Content::new("2")).await;
    assert_conflict(&saved, "save without a version over an existing entry");
    assert_entry(&store, &key, version, "1").await;
}

/// A save or a clear that expects an entry is a conflict if the entry is missing, and writes nothing.
///
/// A keeper that is late must not restore a registration that another one deleted.
pub async fn save_with_version_needs_an_entry(fixture: &impl StoreFixture) {
    let store = fixture.open().await;
    let key = key("app");
    let saved = store.save(&key, Some(Version(1)), &Content::new("1")).await;
    assert_conflict(&saved, "save with a version without an entry");
    let cleared = store.clear(&key, Version(1)).await;
    assert_conflict(&cleared, "clear without an entry");
    assert_eq!(load(&store, &key).await, None, "nothing was saved");
}

/// A clear with the current version removes that entry and no other; with any other version it is a
/// conflict.
///
/// A keeper that retires its client must not remove a registration that it has not seen.
pub async fn clear_needs_the_current_version(fixture: &impl StoreFixture) {
    let store = fixture.open().await;
    let (app, other) = (key("app"), key("other"));
    let first = save(&store, &app, None, "1").await;
    let second = save(&store, &app, Some(first), "2").await;
    let kept = save(&store, &other, None, "3").await;
    for wrong in [first, kept, Version(u64::MAX)] {
        if wrong != second {
            let cleared = store.clear(&app, wrong).await;
            assert_conflict(&cleared, "clear with a version that is not the current one");
        }
    }
    assert_entry(&store, &app, second, "2").await;

    clear(&store, &app, second).await;
    assert_eq!(load(&store, &app).await, None, "the entry was cleared");
    assert_entry(&store, &other, kept, "3").await;
    assert_conflict(&store.clear(&app, second).await, "a second clear");
    let saved = store.save(&app, Some(second), &Content::new("3")).await;
    assert_conflict(&saved, "save with the version of a cleared entry");
}

/// A key never gets a version that it had before, not even after the entry was cleared and saved
/// again.
///
/// Otherwise a keeper that loaded the entry before it was cleared would overwrite the new one.
pub async fn versions_are_never_reused(fixture: &impl StoreFixture) {
    let store = fixture.open().await;
    let key = key("app");
    let mut used = HashSet::new();
    for _ in 0..10 {
        let first = save(&store, &key, None, "1").await;
        let second = save(&store, &key, Some(first), "1").await;
        for version in [first, second] {
            assert!(used.insert(version), "{version:?} was used before");
        }
        clear(&store, &key, second).await;
        let stale = store.save(&key, Some(second), &Content::new("2")).await;
        assert_conflict(&stale, "save with the version of a cleared entry");
    }
}
