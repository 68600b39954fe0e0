//! The database file.

use ory_oidc_keeper::RegistrationStore as _;
use ory_oidc_keeper::store::{Content, StoreError, StoreKey, Version};
use ory_oidc_store_sqlite::SqliteStore;
use std::fs;

fn key() -> StoreKey {
    StoreKey::new("https://id.example", "app")
}

#[tokio::test]
async fn entries_outlive_the_process() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ory.sqlite");
    let store = SqliteStore::open(&path).await.unwrap();
    let version = store
        .save(&key(), None, &Content::new("zebra"))
        .await
        .unwrap();
    drop(store);
    let store = SqliteStore::open(&path).await.unwrap();
    let entry = store.load(&key()).await.unwrap().expect("it was saved");
    assert_eq!((entry.version, entry.content.expose()), (version, "zebra"));
    assert!(!format!("{store:?}").contains("zebra"));
}

#[tokio::test]
async fn a_content_over_16_mib_is_refused_and_not_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ory.sqlite");
    let store = SqliteStore::open(&path).await.unwrap();
    let large = Content::new("x".repeat((16 << 20) + 1));
    let refused = store.save(&key(), None, &large).await;
    assert!(matches!(refused, Err(StoreError::Refused { .. })));
    assert_eq!(store.load(&key()).await.unwrap(), None);
    let largest = Content::new("x".repeat(16 << 20));
    store.save(&key(), None, &largest).await.unwrap();
    assert_eq!(store.load(&key()).await.unwrap().unwrap().content, largest);
}

#[tokio::test]
async fn a_file_that_is_no_database_is_refused_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("notes");
    let text = "these are notes, and no database\n".repeat(100);
    fs::write(&path, &text).unwrap();
    make_private(&path);
    let refused = SqliteStore::open(&path).await.unwrap_err();
    assert!(refused.to_string().contains("not a database"), "{refused}");
    assert_eq!(fs::read_to_string(&path).unwrap(), text);
    let missing = folder.path().join("missing").join("ory.sqlite");
    assert!(SqliteStore::open(missing).await.is_err());
}

#[tokio::test]
async fn a_version_that_no_row_can_have_is_a_conflict() {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(folder.path().join("ory.sqlite"))
        .await
        .unwrap();
    let saved = store
        .save(&key(), Some(Version(u64::MAX)), &Content::new("1"))
        .await;
    assert!(matches!(saved, Err(StoreError::Conflict)));
}

#[cfg(unix)]
#[tokio::test]
async fn the_files_are_private_and_a_file_that_others_can_read_is_refused() {
    use std::os::unix::fs::PermissionsExt as _;

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ory.sqlite");
    let store = SqliteStore::open(&path).await.unwrap();
    store.save(&key(), None, &Content::new("1")).await.unwrap();
    for file in fs::read_dir(folder.path()).unwrap() {
        let file = file.unwrap();
        let mode = file.metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o600, "{}", file.path().display());
    }
    drop(store);
    fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
    let refused = SqliteStore::open(&path).await.unwrap_err();
    assert!(refused.to_string().contains("mode 0640"), "{refused}");
}

#[cfg(unix)]
#[tokio::test]
async fn files_beside_the_database_that_others_can_read_are_refused() {
    use std::os::unix::fs::PermissionsExt as _;

    for suffix in ["-wal", "-shm", "-journal"] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ory.sqlite");
        let beside = folder.path().join(format!("ory.sqlite{suffix}"));
        fs::write(&beside, "").unwrap();
        fs::set_permissions(&beside, fs::Permissions::from_mode(0o644)).unwrap();
        let refused = SqliteStore::open(&path).await.unwrap_err().to_string();
        assert!(refused.contains("mode 0644"), "{refused}");
        assert!(refused.contains(suffix), "{refused}");
    }
}

#[cfg(unix)]
#[tokio::test]
async fn a_file_that_was_removed_or_replaced_is_not_written() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ory.sqlite");
    let store = SqliteStore::open(&path).await.unwrap();
    let version = store.save(&key(), None, &Content::new("1")).await.unwrap();
    fs::rename(&path, folder.path().join("away")).unwrap();
    for replaced in [false, true] {
        if replaced {
            drop(SqliteStore::open(&path).await);
        }
        let saved = store.save(&key(), Some(version), &Content::new("2")).await;
        let error = std::error::Error::source(&saved.unwrap_err()).map(ToString::to_string);
        assert!(error.is_some_and(|error| error.contains("was removed or replaced")));
        assert!(store.load(&key()).await.is_err());
    }
}

/// Only root can give a file to another user.
#[cfg(unix)]
#[tokio::test]
async fn a_file_of_another_user_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ory.sqlite");
    drop(SqliteStore::open(&path).await.unwrap());
    if std::os::unix::fs::chown(&path, Some(4711), None).is_ok() {
        let refused = SqliteStore::open(&path).await.unwrap_err();
        assert!(refused.to_string().contains("another user"), "{refused}");
    }
}

#[tokio::test]
async fn names_that_are_no_file_to_sqlite_are_refused() {
    for name in [
        ":memory:",
        "file:ory.sqlite",
        "file::memory:?cache=shared",
        "sqlite://ory.sqlite",
    ] {
        let refused = SqliteStore::open(name).await.unwrap_err();
        assert!(refused.to_string().contains("path of a file"), "{refused}");
        assert!(!std::path::Path::new(name).exists(), "{name}");
    }
}

#[tokio::test]
async fn unusual_characters_of_a_path_are_taken_literally() {
    let folder = tempfile::tempdir().unwrap();
    for name in [
        "a?mode=memory",
        "b%20c",
        "d e",
        "f#g",
        "h&i=j",
        "\u{e9}",
        "'k'",
    ] {
        let path = folder.path().join(name);
        let store = SqliteStore::open(&path).await.unwrap();
        store.save(&key(), None, &Content::new("1")).await.unwrap();
        assert!(path.is_file(), "{name}");
        drop(store);
        let store = SqliteStore::open(&path).await.unwrap();
        assert!(store.load(&key()).await.unwrap().is_some(), "{name}");
    }
}

fn make_private(path: &std::path::Path) {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
    }
    #[cfg(not(unix))]
    let _ = path;
}
