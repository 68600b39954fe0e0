//! The other process of a test: this test binary again, with a task in its environment.

use super::rules::count;
use super::support::{check_unavailable, content, key, loaded, saved};
use ory_oidc::{Content, FileStore, RegistrationStore as _};
use std::fs::{self, Permissions};
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

const TASK: &str = "ORY_OIDC_TEST_STORE_TASK";
const FOLDER: &str = "ORY_OIDC_TEST_STORE_FOLDER";

#[derive(Clone, Copy)]
pub(super) enum Task {
    /// Adds 50 to the number in the entry.
    Count,
    /// Saves and says so, until it is killed.
    SaveForEver,
    /// Saves a text that is longer than the file system takes.
    FillTheDisk,
    /// Takes away its own right to write in the folder.
    CloseTheFolder,
}

/// Gives a command the task, in a folder. The command ends where the test binary's arguments begin.
pub(super) fn hand_over(command: &mut Command, task: Task, folder: &Path) {
    let (_, module) = module_path!().split_once("::").expect("a crate's module");
    command
        .arg(format!("{module}::does_the_task_that_another_test_gives"))
        .args(["--exact", "--nocapture", "--include-ignored"])
        .env(TASK, (task as u8).to_string())
        .env(FOLDER, folder);
}

/// Started by itself it has no task, and nothing to say.
#[tokio::test]
async fn does_the_task_that_another_test_gives() {
    let (Ok(task), Some(folder)) = (std::env::var(TASK), std::env::var_os(FOLDER)) else {
        return;
    };
    let store = FileStore::open(&folder).expect("a sound folder");
    let tasks = [
        Task::Count,
        Task::SaveForEver,
        Task::FillTheDisk,
        Task::CloseTheFolder,
    ];
    match tasks
        .into_iter()
        .find(|known| (*known as u8).to_string() == task)
    {
        Some(Task::Count) => std::thread::scope(|scope| {
            scope.spawn(|| count(&store, &key("app"), 50));
        }),
        Some(Task::SaveForEver) => save_for_ever(&store).await,
        Some(Task::FillTheDisk) => fill_the_disk(&store, folder.as_ref()).await,
        Some(Task::CloseTheFolder) => close_the_folder(&store, folder.as_ref()).await,
        None => panic!("an unknown task: {task}"),
    }
}

/// The text of a number: long, so that a kill finds it half-written, and checkable.
pub(super) fn numbered(number: u64) -> Content {
    Content::new(format!("{number} ").repeat(20_000))
}

/// The number of a text that was saved whole.
#[track_caller]
pub(super) fn number_in(content: &Content) -> u64 {
    let first = content.expose().split(' ').next().expect("a first word");
    let number = first.parse().expect("a number");
    assert!(*content == numbered(number), "a text that nobody saved");
    number
}

async fn save_for_ever(store: &FileStore) {
    let key = key("app");
    loop {
        let entry = store.load(&key).await.expect("a sound entry");
        let next = entry.as_ref().map_or(0, |entry| number_in(&entry.content)) + 1;
        let version = entry.map(|entry| entry.version);
        let saved = store.save(&key, version, &numbered(next)).await;
        saved.expect("nobody else saves");
        let mut out = std::io::stdout().lock();
        // Fails, and so ends this process, when the other one is gone.
        writeln!(out, "saved {next}").expect("somebody listens");
        out.flush().expect("somebody listens");
    }
}

async fn fill_the_disk(store: &FileStore, folder: &Path) {
    let (key, other) = (key("app"), key("other"));
    let version = saved(store, &key, "1").await;
    let long = content(&"long".repeat(100_000));
    let error = store.save(&key, Some(version), &long).await;
    check_unavailable(&error.expect_err("it does not fit"));
    let error = store.save(&other, None, &long).await;
    check_unavailable(&error.expect_err("it does not fit"));

    assert_eq!(store.load(&other).await.expect("an answer"), None);
    assert_eq!(loaded(store, &key).await.content, content("1"));
    assert!(!folder.join(".new").exists(), "it would fill the disk");
    let version = store.save(&key, Some(version), &content("2")).await;
    let version = version.expect("it fits");
    store
        .clear(&key, version)
        .await
        .expect("the version is right");
}

async fn close_the_folder(store: &FileStore, folder: &Path) {
    let close = |mode| fs::set_permissions(folder, Permissions::from_mode(mode));
    let key = key("app");
    // Without a lock file.
    close(0o500).expect("the folder is ours");
    let error = store.save(&key, None, &content("1")).await;
    check_unavailable(&error.expect_err("it cannot be written"));
    assert_eq!(store.load(&key).await.expect("an answer"), None);
    close(0o700).expect("the folder is ours");
    let version = saved(store, &key, "1").await;
    // With one.
    close(0o500).expect("the folder is ours");
    let error = store.save(&key, Some(version), &content("2")).await;
    check_unavailable(&error.expect_err("it cannot be written"));
    let error = store.clear(&key, version).await;
    check_unavailable(&error.expect_err("it cannot be written"));
    let again = FileStore::open(folder).expect("reading is allowed");
    assert_eq!(loaded(&again, &key).await.version, version);
    assert_eq!(loaded(&again, &key).await.content, content("1"));
    close(0o700).expect("the folder is ours");
    let version = store.save(&key, Some(version), &content("3")).await;
    version.expect("it can be written again");
}
