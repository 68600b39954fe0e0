//! Several processes with one folder, and what they meet: kills, full disks, closed folders.

use super::other_process::{Task, hand_over, number_in, numbered};
use super::support::{key, loaded, place};
use ory_oidc::{FileStore, RegistrationStore as _};
use std::env::current_exe;
use std::fs::{self, File, Permissions};
use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown};
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::path::Path;
use std::process::{Command, Stdio};

const NOBODY: u32 = 65_534;

#[track_caller]
fn check_done(mut command: Command, task: Task, folder: &Path) {
    hand_over(&mut command, task, folder);
    let output = command.output().expect("the test binary starts");
    let told = String::from_utf8_lossy(&output.stdout);
    let complaints = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{told}\n{complaints}");
    assert!(told.contains("1 passed"), "it found no such test: {told}");
}

#[tokio::test]
async fn processes_that_count_lose_nothing() {
    let (_home, folder) = place();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let command = Command::new(current_exe().expect("this binary"));
                check_done(command, Task::Count, &folder);
            });
        }
    });
    let store = FileStore::open(&folder).expect("a sound folder");
    assert_eq!(loaded(&store, &key("app")).await.content.expose(), "200");
}

#[tokio::test]
async fn a_kill_leaves_a_whole_entry_and_no_lock() {
    let (_home, folder) = place();
    let store = FileStore::open(&folder).expect("nothing is in the way");
    let key = key("app");
    for round in 0..100 {
        let mut command = Command::new(current_exe().expect("this binary"));
        hand_over(&mut command, Task::SaveForEver, &folder);
        let mut process = command
            .stdout(Stdio::piped())
            .spawn()
            .expect("the test binary starts");
        let output = BufReader::new(process.stdout.take().expect("a pipe"));
        // Kept open, or the process would end by itself.
        let mut numbers = output
            .lines()
            .map(|line| line.expect("text"))
            .filter_map(|line| line.strip_prefix("saved ")?.parse::<u64>().ok());
        let acknowledged = numbers.nth(round % 3).expect("it saves until it is killed");
        // Looking at the entry meanwhile lets the kill fall on every step of a save.
        for _ in 0..round % 7 {
            number_in(&loaded(&store, &key).await.content);
        }
        process.kill().expect("it runs");
        let status = process.wait().expect("it is our child");
        assert_eq!(status.signal(), Some(9), "it ended by itself: {status}");

        let entry = loaded(&store, &key).await;
        let number = number_in(&entry.content);
        assert!(number >= acknowledged, "{number} after {acknowledged}");
        let lock = File::open(folder.join(".lock")).expect("it was created");
        lock.try_lock().expect("nobody holds it");
        drop(lock);
        let next = numbered(number + 1);
        let saved = store.save(&key, Some(entry.version), &next).await;
        saved.expect("nothing is in the way");
        assert!(!folder.join(".new").exists());
    }
}

/// A limit on the size of files stands for the disk: a write fails in the middle of the text.
#[test]
fn a_full_disk_leaves_the_entry() {
    let (_home, folder) = place();
    let mut command = Command::new("sh");
    // Blocks of 512 or 1024 bytes. Ignored, the signal becomes an error of the write.
    let script = "trap '' XFSZ; ulimit -f 16 && exec \"$@\"";
    command
        .args(["-c", script, "sh"])
        .arg(current_exe().expect("this binary"));
    check_done(command, Task::FillTheDisk, &folder);
}

/// Modes do not bind the superuser, who becomes somebody else for it.
#[test]
fn a_folder_that_cannot_be_written_leaves_the_entry() {
    let (home, _) = place();
    let theirs = home.path().join("theirs");
    fs::create_dir(&theirs).expect("there is nothing");
    let mut program = current_exe().expect("this binary");
    let is_root = fs::metadata(&theirs).expect("it exists").uid() == 0;
    if is_root {
        // Where the binary is, nobody else may get at it.
        let copy = home.path().join("binary");
        fs::copy(&program, &copy).expect("there is room");
        program = copy;
        let open = Permissions::from_mode(0o755);
        fs::set_permissions(home.path(), open).expect("the folder is ours");
        chown(&theirs, Some(NOBODY), Some(NOBODY)).expect("we are root");
    }
    let mut command = Command::new(program);
    if is_root {
        command.uid(NOBODY).gid(NOBODY).current_dir("/");
    }
    check_done(command, Task::CloseTheFolder, &theirs.join("store"));
}
