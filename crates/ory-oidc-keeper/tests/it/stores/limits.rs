//! What a store does when others keep its lock, when a file has grown, and when the disk is full.

use super::other_process::{Task, hand_over};
use super::support::{check_damaged, content, file_store, key, loaded, place, refusal, saved};
use ory_oidc_keeper::file::FileStore;
use ory_oidc_keeper::store::{ListQuery, RegistrationStore as _, StoreError, StoreKey, Version};
use std::env::current_exe;
use std::error::Error as _;
use std::fs::{self, File, OpenOptions};
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// Longer than any of these tests takes.
const NEVER: Duration = Duration::from_secs(600);

/// A process that ends with its test.
struct Killed(Child);

impl Drop for Killed {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn held(directory: &Path) -> File {
    let lock = File::open(directory.join(".lock")).expect("it was created");
    // Waits: a process that another test starts has this lock for a moment, too.
    lock.lock().expect("it can be locked");
    lock
}

#[track_caller]
fn check_timed_out<T: std::fmt::Debug>(result: Result<T, StoreError>) {
    let error = result.expect_err("another process holds the lock");
    let source = error.source().expect("the reason").to_string();
    assert!(source.contains("may hold the lock"), "{error}: {source}");
    assert!(error.is_retryable());
}

#[tokio::test(start_paused = true)]
async fn a_write_fails_after_the_timeout_while_another_process_keeps_the_lock() {
    let (_home, directory) = place();
    let store = FileStore::builder(&directory)
        .timeout(Duration::from_secs(3))
        .open()
        .expect("a new directory");
    let version = saved(&store, &key("app"), "1").await;
    let lock = held(&directory);
    let began = tokio::time::Instant::now();
    check_timed_out(store.save(&key("app"), Some(version), &content("2")).await);
    check_timed_out(store.clear(&key("app"), version).await);
    assert_eq!(began.elapsed().as_secs(), 6);
    // Reads need no lock.
    assert_eq!(loaded(&store, &key("app")).await.content, content("1"));
    let names = store.list(&ListQuery::new("https://ory.example")).await;
    assert_eq!(names.expect("listed"), ["app"]);

    drop(lock);
    let version = store.save(&key("app"), Some(version), &content("2")).await;
    version.expect("the lock is free");
}

#[tokio::test(start_paused = true)]
async fn many_writers_wait_for_the_lock_at_the_same_time() {
    let (_home, directory) = place();
    let store = FileStore::builder(&directory)
        .timeout(Duration::from_secs(3))
        .open()
        .expect("a new directory");
    saved(&store, &key("app"), "1").await;
    let _lock = held(&directory);
    let began = tokio::time::Instant::now();
    let writers: Vec<_> = (0..100)
        .map(|number| {
            let store = store.clone();
            tokio::spawn(async move {
                let key = key(&number.to_string());
                check_timed_out(store.save(&key, None, &content("1")).await);
            })
        })
        .collect();
    for writer in writers {
        writer.await.expect("no panic");
    }
    assert_eq!(began.elapsed().as_secs(), 3);
}

/// A waiting write occupies no thread, which a runtime would wait for.
#[test]
fn a_runtime_ends_while_another_process_keeps_the_lock() {
    let (_home, directory) = place();
    let store = FileStore::builder(&directory).timeout(NEVER);
    let store = store.open().expect("a new directory");
    let runtime = || {
        let mut builder = tokio::runtime::Builder::new_multi_thread();
        builder.enable_all().build().expect("a runtime")
    };
    runtime().block_on(saved(&store, &key("app"), "1"));
    let lock = held(&directory);
    let waiting = runtime();
    for number in 0..100 {
        let store = store.clone();
        waiting.spawn(async move {
            let key = key(&number.to_string());
            store.save(&key, None, &content("1")).await
        });
    }
    std::thread::sleep(Duration::from_millis(50));
    drop(waiting);

    drop(lock);
    let names = runtime().block_on(async {
        saved(&store, &key("later"), "1").await;
        store.list(&ListQuery::new("https://ory.example")).await
    });
    assert_eq!(names.expect("listed"), ["app", "later"]);
}

#[tokio::test]
async fn a_stopped_process_that_holds_the_lock_delays_calls_until_their_timeout() {
    let (_home, directory) = place();
    let store = FileStore::builder(&directory)
        .timeout(Duration::from_millis(200))
        .open()
        .expect("a new directory");
    let version = saved(&store, &key("app"), "1").await;
    let mut command = Command::new(current_exe().expect("this binary"));
    hand_over(&mut command, Task::HoldTheLock, &directory);
    let mut holder = Killed(command.stdout(Stdio::piped()).spawn().expect("it starts"));
    let output = BufReader::new(holder.0.stdout.take().expect("a pipe"));
    let mut lines = output.lines().map(|line| line.expect("text"));
    assert!(lines.any(|line| line == "locked"));
    let mut stop = Command::new("kill");
    let stopped = stop.args(["-STOP", &holder.0.id().to_string()]).status();
    assert!(stopped.expect("kill runs").success());

    check_timed_out(store.save(&key("app"), Some(version), &content("2")).await);
    check_timed_out(store.save(&key("other"), None, &content("2")).await);
    check_timed_out(store.clear(&key("app"), version).await);
    assert_eq!(loaded(&store, &key("app")).await.content, content("1"));
    drop(holder);
    let cleared = store.clear(&key("app"), version).await;
    cleared.expect("the system released the lock");
}

#[tokio::test]
async fn a_file_that_grew_is_refused_by_its_size_and_left_unchanged() {
    let (_home, store) = file_store();
    let key = key("app");
    let version = saved(&store, &key, "1").await;
    let path = store.path(&key);
    let file = OpenOptions::new().append(true).open(&path);
    // A sparse file: reading it would take its size in memory.
    let size = 3 << 30;
    file.and_then(|file| file.set_len(size))
        .expect("the file is ours");
    let error = refusal(&store, &key, version).await;
    check_damaged(
        &error,
        "app@",
        "has 3221225472 bytes, and the limit is 16777216",
    );
    assert_eq!(fs::metadata(&path).expect("it is still there").len(), size);
    // Its name is known without its content.
    let names = store.list(&ListQuery::new("https://ory.example")).await;
    assert_eq!(names.expect("listed"), ["app"]);
}

#[tokio::test]
async fn a_grown_file_whose_name_was_cut_is_damaged_and_not_read() {
    let (_home, store) = file_store();
    let key = StoreKey::new("https://ory.example", "long/".repeat(100));
    saved(&store, &key, "1").await;
    let file = OpenOptions::new().append(true).open(store.path(&key));
    file.and_then(|file| file.set_len(3 << 30)).expect("ours");
    let error = store.list(&ListQuery::new("https://ory.example")).await;
    check_damaged(
        &error.expect_err("its name is unknown"),
        "+",
        "has 3221225472 bytes",
    );
}

#[tokio::test]
async fn a_lock_file_that_grew_is_read_as_far_as_its_number() {
    let (_home, directory) = place();
    let store = FileStore::open(&directory).expect("a new directory");
    let version = saved(&store, &key("app"), "1").await;
    store.clear(&key("app"), version).await.expect("current");
    let lock = OpenOptions::new()
        .append(true)
        .open(directory.join(".lock"));
    lock.and_then(|lock| lock.set_len(3 << 30)).expect("ours");
    let later = saved(&store, &key("app"), "2").await;
    assert!(later.0 > version.0);
}

#[tokio::test]
async fn the_limit_can_be_set_and_nothing_larger_is_saved() {
    let (_home, directory) = place();
    let store = FileStore::builder(&directory).max_entry_size(1_000);
    let store = store.open().expect("a new directory");
    let version = saved(&store, &key("app"), "1").await;
    let large = content(&"x".repeat(1_000));
    for (name, expected) in [("app", Some(version)), ("other", None)] {
        let error = store.save(&key(name), expected, &large).await;
        let error = error.expect_err("it is too large");
        let StoreError::Refused { reason, .. } = &error else {
            panic!("{error:?}")
        };
        assert!(reason.ends_with("and the limit is 1000"), "{reason}");
        assert!(!error.is_retryable());
    }
    assert_eq!(loaded(&store, &key("app")).await.version, version);
    assert_eq!(store.load(&key("other")).await.expect("load"), None);
}

#[tokio::test]
async fn every_write_removes_the_secret_that_a_killed_process_left() {
    let (_home, directory) = place();
    let store = FileStore::open(&directory).expect("a new directory");
    let key = key("app");
    let version = saved(&store, &key, "1").await;
    let new = directory.join(".new");
    let leave = || fs::write(&new, "secret").expect("the path is free");

    leave();
    let stale = store.save(&key, Some(Version(1)), &content("2")).await;
    assert!(matches!(stale, Err(StoreError::Conflict)), "{stale:?}");
    assert!(!new.exists());
    leave();
    store.clear(&key, version).await.expect("current");
    let mut left: Vec<_> = fs::read_dir(&directory)
        .expect("a directory")
        .map(|file| file.expect("a file").file_name())
        .collect();
    left.sort();
    assert_eq!(left, [".lock"]);
}

/// Runs a test of this binary on a file system of 64 kB. Only Linux lets a user have one; without
/// the permission, the test does nothing.
#[cfg(target_os = "linux")]
fn on_a_small_disk(task: Task) {
    let home = tempfile::tempdir().expect("a temporary directory");
    let namespace = ["--user", "--map-root-user", "--mount"];
    let mut probe = Command::new("unshare");
    let permitted = probe.args(namespace).arg("true").status();
    if !permitted.is_ok_and(|status| status.success()) {
        let _ = writeln!(
            std::io::stderr(),
            "skipped: no permission to mount a file system"
        );
        return;
    }
    let mut command = Command::new("unshare");
    let script = "mount -t tmpfs -o size=64k tmpfs \"$1\" && shift && exec \"$@\"";
    command.args(namespace).args(["sh", "-c", script, "sh"]);
    command.arg(home.path());
    command.arg(current_exe().expect("this binary"));
    super::processes::run_task(command, task, &home.path().join("store"));
}

#[cfg(target_os = "linux")]
#[test]
fn an_entry_is_cleared_on_a_disk_without_free_space() {
    on_a_small_disk(Task::ClearOnAFullDisk);
}

#[cfg(target_os = "linux")]
#[test]
fn a_registration_is_retired_on_a_disk_without_free_space() {
    on_a_small_disk(Task::RetireOnAFullDisk);
}
