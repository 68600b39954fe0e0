//! Several processes with one registration, and processes that are killed.
//!
//! The other processes are this test binary itself, told by the environment to be one.

use super::{client, rename, wanted};
use ory_oidc::{
    Content, Entry, FileStore, Keeper, KeeperError, Recovery, RegistrationStore, StoreFuture,
    StoreKey, Version,
};
use ory_oidc_mock::OryMock;
use std::io::Write as _;
use std::path::Path;
use std::process::Stdio;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

const ROLE: &str = "ORY_OIDC_TEST_ROLE";
const URL: &str = "ORY_OIDC_TEST_ROLE_URL";
const FOLDER: &str = "ORY_OIDC_TEST_ROLE_FOLDER";
const ROUNDS: usize = 200;

fn store(folder: &Path) -> FileStore {
    FileStore::open(folder).expect("a folder to keep registrations in")
}

fn keeper(url: &str, store: impl RegistrationStore + 'static) -> Keeper {
    client(url).keeper(store, "fleet").settling(Duration::ZERO)
}

fn start(role: &str, ory: &OryMock, folder: &TempDir) -> Child {
    Command::new(std::env::current_exe().expect("this program"))
        .args([
            "keeper::processes::another_process",
            "--exact",
            "--ignored",
            "--nocapture",
        ])
        .envs([(ROLE, role), (URL, ory.url())])
        .env(FOLDER, folder.path().join("store"))
        .stdout(Stdio::piped())
        .stderr(Stdio::inherit())
        .kill_on_drop(true)
        .spawn()
        .expect("another process")
}

/// What the process says of itself, in lines that begin with `@`.
async fn said(child: &mut Child) -> Vec<String> {
    let mut lines = BufReader::new(child.stdout.take().expect("piped")).lines();
    let mut said = Vec::new();
    while let Some(line) = lines.next_line().await.expect("readable") {
        // The harness writes before it without ending the line.
        if let Some((_, text)) = line.split_once('@') {
            said.push(text.to_owned());
        }
    }
    assert!(child.wait().await.expect("an end").success(), "{said:?}");
    said
}

fn say(text: &str) {
    let mut out = std::io::stdout().lock();
    writeln!(out, "\n@{text}")
        .and_then(|()| out.flush())
        .expect("somebody listens");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "is what other processes run, not a test of its own"]
async fn another_process() {
    let Ok(role) = std::env::var(ROLE) else {
        return;
    };
    let url = std::env::var(URL).expect("the server");
    let folder = std::env::var(FOLDER).expect("the folder");
    let store = store(folder.as_ref());
    match role.as_str() {
        "ensure" => {
            let tasks: Vec<_> = (0..8)
                .map(|_| {
                    let keeper = keeper(&url, store.clone());
                    tokio::spawn(async move { keeper.ensure_registered(&wanted()).await })
                })
                .collect();
            for task in tasks {
                let ensured = task.await.expect("no panic").expect("a registration");
                say(ensured.registration().client_id());
            }
        }
        "update" => {
            // So that those who are to race begin together.
            while Path::new(&folder).with_extension("wait").exists() {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
            let keeper = keeper(&url, store);
            let (mut won, mut lost) = (0, 0);
            for round in 0..ROUNDS {
                let name = format!("{} {round}", std::process::id());
                match keeper.update(rename(&name)).await {
                    Ok(registration) => {
                        let granted = registration.granted().client_name.as_deref();
                        assert_eq!(granted, Some(name.as_str()));
                        won += 1;
                        say(&name);
                    }
                    Err(KeeperError::Conflict) => lost += 1,
                    Err(error) => panic!("{error:?}"),
                }
            }
            assert_eq!(won + lost, ROUNDS);
            say(&format!("lost {lost}"));
        }
        stop => {
            let stop = stop.strip_prefix("stop at write ").expect("a role");
            let store = Stopping {
                inner: store,
                left: AtomicUsize::new(stop.parse().expect("a number")),
            };
            keeper(&url, store)
                .update(rename("Renamed"))
                .await
                .expect("never gets there");
        }
    }
}

/// A store that stops the process before a write, so that it can be killed just there.
struct Stopping {
    inner: FileStore,
    left: AtomicUsize,
}

impl RegistrationStore for Stopping {
    fn load<'a>(&'a self, key: &'a StoreKey) -> StoreFuture<'a, Option<Entry>> {
        self.inner.load(key)
    }

    fn save<'a>(
        &'a self,
        key: &'a StoreKey,
        expected: Option<Version>,
        content: &'a Content,
    ) -> StoreFuture<'a, Version> {
        if self.left.fetch_sub(1, Ordering::SeqCst) == 1 {
            say("stopped");
            return Box::pin(std::future::pending());
        }
        self.inner.save(key, expected, content)
    }

    fn clear<'a>(&'a self, key: &'a StoreKey, expected: Version) -> StoreFuture<'a, ()> {
        self.inner.clear(key, expected)
    }
}

#[tokio::test]
async fn four_processes_of_eight_tasks_register_once() {
    let (ory, folder) = (OryMock::start().await, TempDir::new().expect("a folder"));
    let mut children: Vec<_> = (0..4).map(|_| start("ensure", &ory, &folder)).collect();
    let mut ids = Vec::new();
    for child in &mut children {
        ids.extend(said(child).await);
    }
    assert_eq!(ids.len(), 32);
    ids.dedup();
    assert_eq!(ids, ory.registered_clients());
    assert_eq!(ory.requests_to("POST", "/oauth2/register").len(), 1);
}

#[tokio::test]
async fn two_processes_that_update_at_once_are_told_of_every_lost_race() {
    let (ory, folder) = (OryMock::start().await, TempDir::new().expect("a folder"));
    let keeper = keeper(ory.url(), store(&folder.path().join("store")));
    keeper
        .ensure_registered(&wanted())
        .await
        .expect("registered");
    let wait = folder.path().join("store.wait");
    std::fs::write(&wait, "").expect("a file to wait for");
    let mut children = [
        start("update", &ory, &folder),
        start("update", &ory, &folder),
    ];
    tokio::time::sleep(Duration::from_millis(500)).await;
    std::fs::remove_file(&wait).expect("they are off");
    let mut written = Vec::new();
    for child in &mut children {
        written.push(said(child).await);
    }
    // The last line of each says how many races it lost.
    let lost: Vec<_> = written.iter_mut().filter_map(Vec::pop).collect();
    assert!(
        lost.iter().any(|line| line != "lost 0"),
        "there was no race: {lost:?}"
    );
    let won: usize = written.iter().map(Vec::len).sum();
    let id = ory.registered_clients().remove(0);
    // Whoever was told of a win sent one update, and nobody else sent any.
    assert_eq!(
        ory.requests_to("PUT", &format!("/oauth2/register/{id}"))
            .len(),
        won
    );
    let mut registration = keeper
        .stored()
        .await
        .expect("no lock-out")
        .expect("an entry");
    client(ory.url())
        .read_registration(&mut registration)
        .await
        .expect("the token works");
    let name = registration
        .granted()
        .client_name
        .clone()
        .unwrap_or_default();
    assert!(
        written.iter().any(|names| names.last() == Some(&name)),
        "{name}"
    );
}

#[tokio::test]
async fn a_process_that_is_killed_between_reply_and_save_leaves_a_definite_answer() {
    // Killed before it says that an update is coming, and before it saves the reply.
    for (write, expected_locked_out) in [(1, false), (2, true)] {
        let (ory, folder) = (OryMock::start().await, TempDir::new().expect("a folder"));
        let keeper = keeper(ory.url(), store(&folder.path().join("store")));
        keeper
            .ensure_registered(&wanted())
            .await
            .expect("registered");
        let mut child = start(&format!("stop at write {write}"), &ory, &folder);
        let mut lines = BufReader::new(child.stdout.take().expect("piped")).lines();
        while let Some(line) = lines.next_line().await.expect("readable") {
            if line.contains("@stopped") {
                break;
            }
        }
        child.kill().await.expect("killed");
        let recovery = keeper
            .clone()
            .lease(Duration::ZERO)
            .recover()
            .await
            .expect("an answer");
        let locked_out = matches!(recovery, Recovery::LockedOut);
        assert_eq!(locked_out, expected_locked_out, "{recovery:?}");
        assert_eq!(keeper.stored().await.is_err(), expected_locked_out);
    }
}

#[tokio::test]
async fn a_process_that_is_killed_at_any_time_leaves_a_definite_answer() {
    let mut locked_out = 0;
    for round in 0..30 {
        let (ory, folder) = (OryMock::start().await, TempDir::new().expect("a folder"));
        let keeper = keeper(ory.url(), store(&folder.path().join("store")));
        keeper
            .ensure_registered(&wanted())
            .await
            .expect("registered");
        let mut child = start("update", &ory, &folder);
        let mut lines = BufReader::new(child.stdout.take().expect("piped")).lines();
        while let Some(line) = lines.next_line().await.expect("readable") {
            if line.contains('@') {
                break;
            }
        }
        tokio::time::sleep(Duration::from_micros(300 * round)).await;
        child.kill().await.expect("killed");
        let recovering = keeper.clone().lease(Duration::ZERO);
        let recovery = recovering.recover().await.expect("an answer");
        if matches!(recovery, Recovery::LockedOut) {
            locked_out += 1;
            keeper.stored().await.expect_err("the store says so");
        } else {
            let mut stored = keeper.stored().await.expect("a look").expect("an entry");
            let read = client(ory.url()).read_registration(&mut stored).await;
            read.expect("the token works");
        }
    }
    assert!(locked_out < 30, "some were killed between two updates");
}
