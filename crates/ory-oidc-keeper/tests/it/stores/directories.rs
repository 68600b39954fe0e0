//! The directory of a file store belongs to its user and is closed to all others.

use super::support::{
    check_unavailable, check_unsafe, content, key, loaded, place, refusal, saved,
};
use ory_oidc_keeper::file::FileStore;
use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown, symlink};
use std::path::Path;

fn mode(path: &Path) -> u32 {
    let metadata = fs::symlink_metadata(path).expect("the path exists");
    metadata.mode() & 0o7777
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).expect("the directory is ours");
}

#[track_caller]
fn check_refused(directory: &Path, reason: &str) {
    let error = FileStore::open(directory).expect_err("it is not safe");
    let shown = directory.display().to_string();
    check_unsafe(&error, shown.trim_end_matches(['/', '.']), reason);
}

#[tokio::test]
async fn directories_and_files_are_created_for_their_owner_alone() {
    let (home, _) = place();
    let directory = home.path().join("a/b/c");
    let store = FileStore::open(&directory).expect("a new directory");
    let version = saved(&store, &key("app"), "1").await;
    for path in ["a", "a/b", "a/b/c"] {
        assert_eq!(mode(&home.path().join(path)), 0o700, "{path}");
    }
    assert_eq!(mode(&store.path(&key("app"))), 0o600);
    assert_eq!(mode(&directory.join(".lock")), 0o600);
    assert_eq!(fs::read_dir(&directory).expect("a directory").count(), 2);

    let again = FileStore::open(&directory).expect("a private directory");
    assert_eq!(loaded(&again, &key("app")).await.version, version);
}

#[test]
fn a_directory_open_to_other_users_is_refused_and_its_mode_is_not_changed() {
    let (_home, directory) = place();
    fs::create_dir(&directory).expect("the path is free");
    for open in [
        0o755, 0o750, 0o705, 0o710, 0o701, 0o720, 0o702, 0o777, 0o1777,
    ] {
        set_mode(&directory, open);
        check_refused(&directory, &format!("(mode {open:04o})"));
        assert_eq!(mode(&directory), open);
    }
    set_mode(&directory, 0o700);
    FileStore::open(&directory).expect("a private directory");
}

#[test]
fn a_directory_of_another_user_is_refused() {
    let (home, directory) = place();
    if fs::metadata(home.path()).expect("it exists").uid() == 0 {
        FileStore::open(&directory).expect("a new directory");
        chown(&directory, Some(65_534), None).expect("we are root");
        check_refused(&directory, "another user");
    } else {
        check_refused(Path::new("/"), "another user");
    }
}

#[test]
fn a_symbolic_link_is_refused_even_with_a_trailing_slash() {
    let (home, directory) = place();
    FileStore::open(&directory).expect("a new directory");
    let link = home.path().join("link");
    symlink(&directory, &link).expect("the path is free");
    check_refused(&link, "symbolic link");
    check_refused(&link.join(""), "symbolic link");
    check_refused(&link.join("."), "symbolic link");

    let missing = home.path().join("missing");
    let dangling = home.path().join("dangling");
    symlink(&missing, &dangling).expect("the path is free");
    check_refused(&dangling, "symbolic link");
    assert!(!missing.exists());
}

#[test]
fn a_path_that_is_or_leads_through_a_file_is_refused() {
    let (_home, path) = place();
    fs::write(&path, "untouched").expect("the path is free");
    check_refused(&path, "not a directory");
    let error = FileStore::open(path.join("below")).expect_err("a file is in the way");
    check_unavailable(&error);
    check_unavailable(&FileStore::open("").expect_err("an empty path is invalid"));
    assert_eq!(fs::read(&path).expect("the file exists"), b"untouched");
}

#[tokio::test]
async fn every_call_refuses_a_directory_that_was_opened_to_others_later() {
    let (_home, directory) = place();
    let store = FileStore::open(&directory).expect("a new directory");
    let version = saved(&store, &key("app"), "1").await;
    set_mode(&directory, 0o755);
    let error = refusal(&store, &key("app"), version).await;
    check_unsafe(&error, &directory.display().to_string(), "(mode 0755)");
    set_mode(&directory, 0o700);
    assert_eq!(loaded(&store, &key("app")).await.content, content("1"));
}

/// Were it an empty store, a program would register again while a volume is not mounted.
#[tokio::test]
async fn a_directory_that_was_removed_is_unavailable_and_not_an_empty_store() {
    let (_home, directory) = place();
    let store = FileStore::open(&directory).expect("a new directory");
    let version = saved(&store, &key("app"), "1").await;
    fs::remove_dir_all(&directory).expect("the directory is ours");
    check_unavailable(&refusal(&store, &key("app"), version).await);
    assert!(!directory.exists());
}
