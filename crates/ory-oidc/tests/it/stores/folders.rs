//! The folder is the user's own, and closed.

use super::support::{
    check_unavailable, check_unsafe, content, key, loaded, place, refusal, saved,
};
use ory_oidc::FileStore;
use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown, symlink};
use std::path::Path;

fn mode(path: &Path) -> u32 {
    let metadata = fs::symlink_metadata(path).expect("it exists");
    metadata.mode() & 0o7777
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).expect("the folder is ours");
}

#[track_caller]
fn check_refused(folder: &Path, what: &str) {
    let error = FileStore::open(folder).expect_err("it is not safe");
    let shown = folder.display().to_string();
    check_unsafe(&error, shown.trim_end_matches(['/', '.']), what);
}

#[tokio::test]
async fn what_is_created_is_for_its_owner_alone() {
    let (home, _) = place();
    let folder = home.path().join("a/b/c");
    let store = FileStore::open(&folder).expect("nothing is in the way");
    let version = saved(&store, &key("app"), "1").await;
    for path in ["a", "a/b", "a/b/c"] {
        assert_eq!(mode(&home.path().join(path)), 0o700, "{path}");
    }
    assert_eq!(mode(&store.path(&key("app"))), 0o600);
    assert_eq!(mode(&folder.join(".lock")), 0o600);
    assert_eq!(fs::read_dir(&folder).expect("a folder").count(), 2);

    let again = FileStore::open(&folder).expect("it is sound");
    assert_eq!(loaded(&again, &key("app")).await.version, version);
}

#[test]
fn a_folder_that_others_can_look_into_is_refused_and_left_open() {
    let (_home, folder) = place();
    fs::create_dir(&folder).expect("there is nothing");
    for open in [
        0o755, 0o750, 0o705, 0o710, 0o701, 0o720, 0o702, 0o777, 0o1777,
    ] {
        set_mode(&folder, open);
        check_refused(&folder, &format!("(mode {open:04o})"));
        assert_eq!(mode(&folder), open);
    }
    set_mode(&folder, 0o700);
    FileStore::open(&folder).expect("it is closed");
}

#[test]
fn a_folder_of_another_user_is_refused() {
    let (home, folder) = place();
    if fs::metadata(home.path()).expect("it exists").uid() == 0 {
        FileStore::open(&folder).expect("nothing is in the way");
        chown(&folder, Some(65_534), None).expect("we are root");
        check_refused(&folder, "another user");
    } else {
        check_refused(Path::new("/"), "another user");
    }
}

#[test]
fn a_symbolic_link_is_refused_with_a_slash_behind_it_too() {
    let (home, folder) = place();
    FileStore::open(&folder).expect("nothing is in the way");
    let link = home.path().join("link");
    symlink(&folder, &link).expect("there is nothing");
    check_refused(&link, "symbolic link");
    check_refused(&link.join(""), "symbolic link");
    check_refused(&link.join("."), "symbolic link");

    let missing = home.path().join("missing");
    let dangling = home.path().join("dangling");
    symlink(&missing, &dangling).expect("there is nothing");
    check_refused(&dangling, "symbolic link");
    assert!(!missing.exists());
}

#[test]
fn a_file_is_no_folder_and_holds_none() {
    let (_home, folder) = place();
    fs::write(&folder, "untouched").expect("there is nothing");
    check_refused(&folder, "not a folder");
    let error = FileStore::open(folder.join("below")).expect_err("a file is in the way");
    check_unavailable(&error);
    check_unavailable(&FileStore::open("").expect_err("there is no such path"));
    assert_eq!(fs::read(&folder).expect("it is there"), b"untouched");
}

#[tokio::test]
async fn a_folder_that_is_opened_to_others_later_is_refused_from_then_on() {
    let (_home, folder) = place();
    let store = FileStore::open(&folder).expect("nothing is in the way");
    let version = saved(&store, &key("app"), "1").await;
    set_mode(&folder, 0o755);
    let error = refusal(&store, &key("app"), version).await;
    check_unsafe(&error, &folder.display().to_string(), "(mode 0755)");
    set_mode(&folder, 0o700);
    assert_eq!(loaded(&store, &key("app")).await.content, content("1"));
}

/// An empty answer would make a program register anew while a volume is not mounted.
#[tokio::test]
async fn a_folder_that_went_away_is_a_failure_and_no_empty_store() {
    let (_home, folder) = place();
    let store = FileStore::open(&folder).expect("nothing is in the way");
    let version = saved(&store, &key("app"), "1").await;
    fs::remove_dir_all(&folder).expect("the folder is ours");
    check_unavailable(&refusal(&store, &key("app"), version).await);
    assert!(!folder.exists());
}
