//! Files that another user could read, or that are not regular files, are not used.

use super::support::{check_unsafe, content, file_store, key, loaded, place, refusal, saved};
use ory_oidc_keeper::file::FileStore;
use ory_oidc_keeper::store::{RegistrationStore as _, StoreKey, Version};
use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown, symlink};
use std::os::unix::net::UnixListener;
use std::path::Path;

/// The user that owns nothing.
const NOBODY: u32 = 65_534;

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).expect("the file is ours");
}

async fn check_refused(store: &FileStore, key: &StoreKey, version: Version, reason: &str) {
    let error = refusal(store, key, version).await;
    check_unsafe(&error, &store.path(key).display().to_string(), reason);
}

#[tokio::test]
async fn a_file_open_to_other_users_is_refused_until_it_is_closed() {
    let (_home, store) = file_store();
    let key = key("app");
    let version = saved(&store, &key, "1").await;
    let path = store.path(&key);
    let before = fs::read(&path).expect("the entry was saved");
    for mode in [
        0o604, 0o640, 0o602, 0o620, 0o601, 0o610, 0o644, 0o666, 0o777,
    ] {
        set_mode(&path, mode);
        check_refused(&store, &key, version, &format!("(mode {mode:04o})")).await;
        let found = fs::metadata(&path).expect("it is still there").mode();
        assert_eq!(found & 0o7777, mode);
        assert_eq!(fs::read(&path).expect("it is still there"), before);
    }
    set_mode(&path, 0o600);
    assert_eq!(loaded(&store, &key).await.content, content("1"));
}

#[tokio::test]
async fn a_file_of_another_user_is_refused() {
    let (home, store) = file_store();
    let key = key("app");
    let version = saved(&store, &key, "1").await;
    // Only root can give a file away.
    if fs::metadata(home.path()).expect("it exists").uid() == 0 {
        chown(store.path(&key), Some(NOBODY), None).expect("we are root");
        check_refused(&store, &key, version, "another user").await;
    }
}

#[tokio::test]
async fn a_symbolic_link_is_refused_and_not_followed() {
    let (home, store) = file_store();
    let (key, other) = (key("app"), key("other"));
    let version = saved(&store, &other, "1").await;
    let valid = store.path(&other);
    let before = fs::read(&valid).expect("the entry was saved");
    let missing = home.path().join("missing");
    let path = store.path(&key);
    for target in [&valid, &missing, &path] {
        symlink(target, &path).expect("the path is free");
        check_refused(&store, &key, version, "symbolic link").await;
        assert_eq!(&fs::read_link(&path).expect("it is still there"), target);
        fs::remove_file(&path).expect("the link is ours");
    }
    assert!(!missing.exists());
    assert_eq!(fs::read(&valid).expect("it is still there"), before);
}

#[tokio::test]
async fn a_directory_or_a_socket_is_refused() {
    let (_home, store) = file_store();
    let path = store.path(&key("app"));
    fs::create_dir(&path).expect("the path is free");
    check_refused(&store, &key("app"), Version(1), "not a regular file").await;
    assert!(path.is_dir());

    // The address of a socket must be short.
    let key = StoreKey::new("i", "n");
    let _socket = UnixListener::bind(store.path(&key)).expect("the path is free");
    check_refused(&store, &key, Version(1), "not a regular file").await;
}

#[tokio::test]
async fn a_symbolic_link_as_the_lock_file_is_refused_and_not_followed() {
    let (home, directory) = place();
    let store = FileStore::open(&directory).expect("a new directory");
    let target = home.path().join("target");
    symlink(&target, directory.join(".lock")).expect("the path is free");
    let error = store.save(&key("app"), None, &content("1")).await;
    check_unsafe(&error.expect_err("a link"), ".lock", "symbolic link");
    assert!(!target.exists());
}

#[tokio::test]
async fn the_temporary_file_of_a_killed_process_is_replaced_and_never_followed() {
    let (home, directory) = place();
    let store = FileStore::open(&directory).expect("a new directory");
    let (key, new) = (key("app"), directory.join(".new"));
    fs::write(&new, "x".repeat(100_000)).expect("the path is free");
    let version = saved(&store, &key, "1").await;
    assert!(!new.exists());

    let target = home.path().join("target");
    fs::write(&target, "untouched").expect("the path is free");
    symlink(&target, &new).expect("the path is free");
    let version = store.save(&key, Some(version), &content("2")).await;
    assert!(fs::symlink_metadata(&new).is_err());
    assert_eq!(fs::read(&target).expect("the file exists"), b"untouched");
    let entry = loaded(&store, &key).await;
    assert_eq!(entry.version, version.expect("the version is current"));
    assert_eq!(entry.content, content("2"));
}
