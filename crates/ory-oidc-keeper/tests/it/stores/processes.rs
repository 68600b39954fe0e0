//! Several processes with one directory, killed processes, full disks and read-only directories.

use super::other_process::{Task, hand_over, number_in, numbered};
use super::support::{key, loaded, place};
use ory_oidc_keeper::file::FileStore;
use ory_oidc_keeper::store::RegistrationStore as _;
use std::env::current_exe;
use std::fs::{self, File, Permissions};
use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown};
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::path::Path;
use std::process::{Command, Stdio};

const NOBODY: u32 = 65_534;

#[track_caller]
pub(super) fn run_task(mut command: Command, task: Task, directory: &Path) {
    hand_over(&mut command, task, directory);
    let output = command.output().expect("the test binary starts");
    let stdout = String::from_utf8_lossy(&output.stdout);
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{stdout}\n{stderr}");
    assert!(
        stdout.contains("1 passed"),
        "the task did not run: {stdout}"
    );
}

#[tokio::test]
async fn concurrent_processes_lose_no_update() {
    let (_home, directory) = place();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let command = Command::new(current_exe().expect("this binary"));
                run_task(command, Task::Count, &directory);
            });
        }
    });
    let store = FileStore::open(&directory).expect("a private directory");
    assert_eq!(loaded(&store, &key("app")).await.content.expose(), "200");
}

#[tokio::test]
async fn a_killed_process_leaves_a_complete_entry_and_no_lock() {
    let (_home, directory) = place();
    let store = FileStore::open(&directory).expect("a new directory");
    let key = key("app");
    for round in 0..100 {
        let mut command = Command::new(current_exe().expect("this binary"));
        hand_over(&mut command, Task::SaveForEver, &directory);
        let mut process = command
            .stdout(Stdio::piped())
            .spawn()
            .expect("the test binary starts");
        let output = BufReader::new(process.stdout.take().expect("a pipe"));
        // Kept open, as the process ends when nobody reads.
        let mut numbers = output
            .lines()
            .map(|line| line.expect("text"))
            .filter_map(|line| line.strip_prefix("saved ")?.parse::<u64>().ok());
        let acknowledged = numbers.nth(round % 3).expect("it saves until it is killed");
        // Loading the entry meanwhile spreads the kills over all steps of a save.
        for _ in 0..round % 7 {
            number_in(&loaded(&store, &key).await.content);
        }
        process.kill().expect("it runs");
        let status = process.wait().expect("it is our child");
        assert_eq!(status.signal(), Some(9), "it was not killed: {status}");

        let entry = loaded(&store, &key).await;
        let number = number_in(&entry.content);
        assert!(number >= acknowledged, "{number} after {acknowledged}");
        let lock = File::open(directory.join(".lock")).expect("it was created");
        lock.try_lock().expect("nobody holds it");
        drop(lock);
        let next = numbered(number + 1);
        let saved = store.save(&key, Some(entry.version), &next).await;
        saved.expect("the version is current");
        assert!(!directory.join(".new").exists());
    }
}

/// A limit on file sizes stands for a full disk: a write fails in the middle of the text.
#[test]
fn a_full_disk_leaves_the_entry_unchanged() {
    let (_home, directory) = place();
    let mut command = Command::new("sh");
    // Blocks of 512 or 1024 bytes. When the signal is ignored, the write fails.
    let script = "trap '' XFSZ; ulimit -f 16 && exec \"$@\"";
    command
        .args(["-c", script, "sh"])
        .arg(current_exe().expect("this binary"));
    run_task(command, Task::FillTheDisk, &directory);
}

/// Modes do not restrict root, so root runs this as another user.
#[test]
fn a_read_only_directory_leaves_the_entry_unchanged() {
    let (home, _) = place();
    let theirs = home.path().join("theirs");
    fs::create_dir(&theirs).expect("the path is free");
    let mut program = current_exe().expect("this binary");
    let is_root = fs::metadata(&theirs).expect("it exists").uid() == 0;
    if is_root {
        // The other user may not be able to reach the original. `cp` writes the copy: a process that
        // another test starts would inherit this process's handle, and a file that is open for writing
        // cannot be executed.
        let copy = home.path().join("binary");
        let copied = Command::new("cp").arg(&program).arg(&copy).status();
        assert!(copied.expect("cp starts").success(), "the disk has space");
        program = copy;
        let open = Permissions::from_mode(0o755);
        fs::set_permissions(home.path(), open).expect("the directory is ours");
        chown(&theirs, Some(NOBODY), Some(NOBODY)).expect("we are root");
    }
    let mut command = Command::new(program);
    if is_root {
        command.uid(NOBODY).gid(NOBODY).current_dir("/");
    }
    run_task(command, Task::CloseTheDirectory, &theirs.join("store"));
}
