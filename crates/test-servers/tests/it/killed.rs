//! No server outlives a test process that is killed.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use ory_oidc_test_servers::{Hydra, Postgres};

/// Names the file that tells the parent that the servers run.
const NOTE: &str = "ORY_OIDC_TEST_TO_BE_KILLED";
const TEST: &str = "killed::a_killed_test_leaves_no_process_and_no_file";

#[tokio::test]
#[ignore = "needs Ory Hydra and PostgreSQL: `make test` installs them and runs this"]
async fn a_killed_test_leaves_no_process_and_no_file() {
    if let Some(note) = env::var_os(NOTE) {
        run_until_killed(&PathBuf::from(note)).await;
    }
    let folder = tempfile::tempdir().unwrap();
    let mut test = start_another(folder.path());
    let note = folder.path().join("note");
    let deadline = Instant::now() + Duration::from_mins(5);
    while !note.exists() {
        assert!(test.try_wait().unwrap().is_none(), "the other test failed");
        assert!(Instant::now() < deadline, "the servers do not start");
        sleep(Duration::from_millis(20));
    }
    let servers = processes_below(folder.path());
    assert!(servers >= 6, "three servers with a shell each: {servers}");

    test.kill().unwrap();
    test.wait().unwrap();

    let deadline = Instant::now() + Duration::from_mins(1);
    loop {
        let left = fs::read_dir(folder.path()).unwrap();
        let left = left.filter(|entry| entry.as_ref().unwrap().file_name() != "note");
        if left.count() == 0 && processes_below(folder.path()) == 0 {
            break;
        }
        assert!(Instant::now() < deadline, "a server is still there");
        sleep(Duration::from_millis(20));
    }
}

async fn run_until_killed(note: &Path) {
    let postgres = Postgres::start().await;
    let _on_postgres = Hydra::builder()
        .postgres(&postgres)
        .keys(false)
        .start()
        .await;
    let _on_sqlite = Hydra::builder().keys(false).start().await;
    fs::write(note, "").unwrap();
    sleep(Duration::from_mins(10));
}

/// Runs this test in another process, whose temporary folder is `folder`.
fn start_another(folder: &Path) -> Child {
    use std::os::unix::fs::PermissionsExt;
    // PostgreSQL runs as another user, who must be able to reach its own folder below.
    fs::set_permissions(folder, fs::Permissions::from_mode(0o1777)).unwrap();
    Command::new(env::current_exe().unwrap())
        .args(["--exact", TEST, "--include-ignored"])
        .env(NOTE, folder.join("note"))
        .env("TMPDIR", folder)
        .stdout(Stdio::null())
        .spawn()
        .unwrap()
}

/// Counts the processes whose command line names the folder.
fn processes_below(folder: &Path) -> usize {
    let list = Command::new("ps").args(["-A", "-o", "args="]).output();
    let list = String::from_utf8_lossy(&list.unwrap().stdout).into_owned();
    list.matches(folder.to_str().unwrap()).count()
}
