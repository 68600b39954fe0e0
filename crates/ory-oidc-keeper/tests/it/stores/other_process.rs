//! The other process of a test: this test binary, with a task in its environment.

use super::support::{check_unavailable, content, key, loaded, saved};
use ory_oidc_keeper::file::FileStore;
use ory_oidc_keeper::store::{Content, RegistrationStore as _, StoreError};
use std::fs::{self, Permissions};
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

const TASK: &str = "ORY_OIDC_TEST_STORE_TASK";
const DIRECTORY: &str = "ORY_OIDC_TEST_STORE_DIRECTORY";

#[derive(Clone, Copy)]
pub(super) enum Task {
    /// Adds 50 to the number in the entry.
    Count,
    /// Saves and reports each save, until it is killed.
    SaveForEver,
    /// Saves a text that is larger than the allowed file size.
    FillTheDisk,
    /// Removes its own permission to write to the directory.
    CloseTheDirectory,
    /// Locks the directory, and keeps the lock.
    HoldTheLock,
    /// Clears an entry when there is no free space.
    ClearOnAFullDisk,
    /// Retires a registration when there is no free space.
    RetireOnAFullDisk,
}

/// Gives a command its task. The command ends where the test binary's arguments begin.
pub(super) fn hand_over(command: &mut Command, task: Task, directory: &Path) {
    let (_, module) = module_path!()
        .split_once("::")
        .expect("a module of a crate");
    command
        .arg(format!("{module}::runs_the_task_of_another_test"))
        .args(["--exact", "--nocapture", "--include-ignored"])
        .env(TASK, (task as u8).to_string())
        .env(DIRECTORY, directory);
}

/// Does nothing when it is started without a task.
#[tokio::test]
async fn runs_the_task_of_another_test() {
    let (Ok(task), Some(directory)) = (std::env::var(TASK), std::env::var_os(DIRECTORY)) else {
        return;
    };
    let store = FileStore::open(&directory).expect("a private directory");
    let tasks = [
        Task::Count,
        Task::SaveForEver,
        Task::FillTheDisk,
        Task::CloseTheDirectory,
        Task::HoldTheLock,
        Task::ClearOnAFullDisk,
        Task::RetireOnAFullDisk,
    ];
    match tasks
        .into_iter()
        .find(|known| (*known as u8).to_string() == task)
    {
        Some(Task::Count) => count(&store).await,
        Some(Task::SaveForEver) => save_for_ever(&store).await,
        Some(Task::FillTheDisk) => fill_the_disk(&store, directory.as_ref()).await,
        Some(Task::CloseTheDirectory) => close_the_directory(&store, directory.as_ref()).await,
        Some(Task::HoldTheLock) => hold_the_lock(directory.as_ref()),
        Some(Task::ClearOnAFullDisk) => clear_on_a_full_disk(&store, directory.as_ref()).await,
        Some(Task::RetireOnAFullDisk) => retire_on_a_full_disk(&store, directory.as_ref()).await,
        None => panic!("unknown task {task}"),
    }
}

async fn count(store: &FileStore) {
    let key = key("app");
    let mut done = 0;
    while done < 50 {
        let entry = store.load(&key).await.expect("load");
        let number: u64 = entry.as_ref().map_or(0, |entry| {
            let text = entry.content.expose();
            text.parse().expect("a number")
        });
        let next = Content::new((number + 1).to_string());
        let version = entry.map(|entry| entry.version);
        match store.save(&key, version, &next).await {
            Ok(_) => done += 1,
            Err(StoreError::Conflict) => {}
            Err(error) => panic!("{error:?}"),
        }
    }
}

/// Returns a long text for a number, so that a kill interrupts its writing.
pub(super) fn numbered(number: u64) -> Content {
    Content::new(format!("{number} ").repeat(20_000))
}

/// Returns the number of a text, which must be complete.
#[track_caller]
pub(super) fn number_in(content: &Content) -> u64 {
    let first = content.expose().split(' ').next().expect("a first word");
    let number = first.parse().expect("a number");
    assert!(*content == numbered(number), "the text is not complete");
    number
}

async fn save_for_ever(store: &FileStore) {
    let key = key("app");
    loop {
        let entry = store.load(&key).await.expect("load");
        let next = entry.as_ref().map_or(0, |entry| number_in(&entry.content)) + 1;
        let version = entry.map(|entry| entry.version);
        let saved = store.save(&key, version, &numbered(next)).await;
        saved.expect("nobody else saves");
        let mut out = std::io::stdout().lock();
        // Fails, and so ends this process, when the other process is gone.
        writeln!(out, "saved {next}").expect("the other process reads");
        out.flush().expect("the other process reads");
    }
}

async fn fill_the_disk(store: &FileStore, directory: &Path) {
    let (key, other) = (key("app"), key("other"));
    let version = saved(store, &key, "1").await;
    let long = content(&"long".repeat(100_000));
    let error = store.save(&key, Some(version), &long).await;
    check_unavailable(&error.expect_err("it is too large"));
    let error = store.save(&other, None, &long).await;
    check_unavailable(&error.expect_err("it is too large"));

    assert_eq!(store.load(&other).await.expect("load"), None);
    assert_eq!(loaded(store, &key).await.content, content("1"));
    assert!(!directory.join(".new").exists(), "it would fill the disk");
    let version = store.save(&key, Some(version), &content("2")).await;
    let version = version.expect("it is small enough");
    let cleared = store.clear(&key, version).await;
    cleared.expect("the version is current");
}

async fn close_the_directory(store: &FileStore, directory: &Path) {
    let set_mode = |mode| fs::set_permissions(directory, Permissions::from_mode(mode));
    let key = key("app");
    // Without a lock file.
    set_mode(0o500).expect("the directory is ours");
    let error = store.save(&key, None, &content("1")).await;
    check_unavailable(&error.expect_err("the directory is read-only"));
    assert_eq!(store.load(&key).await.expect("load"), None);
    set_mode(0o700).expect("the directory is ours");
    let version = saved(store, &key, "1").await;
    // With one.
    set_mode(0o500).expect("the directory is ours");
    let error = store.save(&key, Some(version), &content("2")).await;
    check_unavailable(&error.expect_err("the directory is read-only"));
    let error = store.clear(&key, version).await;
    check_unavailable(&error.expect_err("the directory is read-only"));
    let again = FileStore::open(directory).expect("reading is permitted");
    assert_eq!(loaded(&again, &key).await.version, version);
    assert_eq!(loaded(&again, &key).await.content, content("1"));
    set_mode(0o700).expect("the directory is ours");
    let version = store.save(&key, Some(version), &content("3")).await;
    version.expect("the directory is writable again");
}

fn hold_the_lock(directory: &Path) {
    let lock = fs::File::open(directory.join(".lock")).expect("it was created");
    lock.lock().expect("nobody holds it");
    let mut out = std::io::stdout().lock();
    writeln!(out, "\nlocked").expect("the other process reads");
    out.flush().expect("the other process reads");
    // Until it is killed.
    std::thread::sleep(std::time::Duration::from_secs(600));
}

/// Writes a file until no space is left.
fn fill(directory: &Path) {
    let mut file = fs::File::create(directory.join("filler")).expect("a free path");
    while file.write_all(&[0]).is_ok() {}
    let error = fs::write(directory.join("more"), "more").expect_err("no space is left");
    assert_eq!(error.kind(), std::io::ErrorKind::StorageFull);
}

fn entries(directory: &Path) -> Vec<String> {
    let files = fs::read_dir(directory).expect("a directory");
    let names = files.map(|file| {
        file.expect("a file")
            .file_name()
            .into_string()
            .expect("text")
    });
    let mut names: Vec<_> = names
        .filter(|name| name != "filler" && name != "more")
        .collect();
    names.sort();
    names
}

async fn clear_on_a_full_disk(store: &FileStore, directory: &Path) {
    let key = key("app");
    let version = saved(store, &key, "1").await;
    fs::write(directory.join(".new"), "left by a killed process").expect("a free path");
    fill(directory);
    // The lock file of an earlier release may be empty.
    let lock = fs::OpenOptions::new()
        .write(true)
        .open(directory.join(".lock"));
    lock.and_then(|lock| lock.set_len(0))
        .expect("the file is ours");
    fill(directory);
    let error = store.save(&key, Some(version), &content("2")).await;
    check_unavailable(&error.expect_err("no space is left"));
    store
        .clear(&key, version)
        .await
        .expect("no space is needed");
    assert_eq!(entries(directory), [".lock"]);

    // The next one, with a lock file of full length.
    fs::remove_file(directory.join("filler")).expect("the file is ours");
    let later = saved(store, &key, "2").await;
    assert!(later.0 > version.0);
    fill(directory);
    store.clear(&key, later).await.expect("no space is needed");
    assert_eq!(entries(directory), [".lock"]);
}

async fn retire_on_a_full_disk(store: &FileStore, directory: &Path) {
    use ory_oidc_keeper::{Keeper, Retirement};

    let ory = ory_oidc_mock::OryMock::start().await;
    let client = ory_oidc::Client::new(ory.url()).expect("a client");
    let keeper = Keeper::new(client, store.clone(), "app");
    let wanted = ory_oidc::ClientMetadata::new(["https://app.example/callback"]);
    keeper.ensure_registered(&wanted).await.expect("registered");
    fill(directory);
    let retirement = keeper.retire().await.expect("no space is needed");
    assert_eq!(retirement, Retirement::Deleted);
    assert_eq!(ory.registered_clients().len(), 0);
    assert_eq!(keeper.stored().await.expect("stored"), None);
    assert_eq!(entries(directory), [".lock"]);
}
