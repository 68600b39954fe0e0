//! Several processes with one registration, and processes that are killed.
//!
//! The other processes are this test binary, with a role in their environment.

use super::{client, rename, updates, wanted, without_pauses};
use ory_oidc_keeper::file::FileStore;
use ory_oidc_keeper::store::{
    Content, Entry, ListQuery, RegistrationStore, StoreFuture, StoreKey, Version,
};
use ory_oidc_keeper::{Keeper, KeeperBuilder, KeeperError, Recovery};
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
const DIRECTORY: &str = "ORY_OIDC_TEST_ROLE_DIRECTORY";
const ROUNDS: usize = 200;

fn store(directory: &Path) -> FileStore {
    FileStore::open(directory).expect("a private directory")
}

fn builder(url: &str, store: impl RegistrationStore + 'static) -> KeeperBuilder {
    without_pauses(Keeper::builder(client(url), store, "fleet"))
}

/// A server, a directory for the store, and a keeper that has registered its client there.
struct Fleet {
    ory: OryMock,
    home: TempDir,
}

impl Fleet {
    async fn new() -> Self {
        Self {
            ory: OryMock::start().await,
            home: TempDir::new().expect("a temporary directory"),
        }
    }

    fn builder(&self) -> KeeperBuilder {
        builder(self.ory.url(), store(&self.home.path().join("store")))
    }

    /// A keeper that treats the changes of other processes as abandoned.
    fn recovering(&self) -> Keeper {
        self.builder().lease(Duration::ZERO).build()
    }

    async fn registered(&self) -> Keeper {
        let keeper = self.builder().build();
        keeper
            .ensure_registered(&wanted())
            .await
            .expect("registered");
        keeper
    }

    fn start(&self, role: &str) -> Child {
        Command::new(std::env::current_exe().expect("this binary"))
            .args([
                "keeper::processes::runs_the_role_of_another_process",
                "--exact",
                "--ignored",
                "--nocapture",
            ])
            .envs([(ROLE, role), (URL, self.ory.url())])
            .env(DIRECTORY, self.home.path().join("store"))
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .kill_on_drop(true)
            .spawn()
            .expect("another process")
    }
}

/// Returns what a process reports until it ends, in lines that begin with `@`.
async fn reports(child: &mut Child) -> Vec<String> {
    let mut lines = BufReader::new(child.stdout.take().expect("piped")).lines();
    let mut reports = Vec::new();
    while let Some(line) = lines.next_line().await.expect("readable") {
        // The test harness writes before it without ending the line.
        if let Some((_, text)) = line.split_once('@') {
            reports.push(text.to_owned());
        }
    }
    let status = child.wait().await.expect("it ended");
    assert!(status.success(), "{reports:?}");
    reports
}

/// Waits for a line that contains a text. Returns the pipe: a process that cannot report ends.
async fn wait_for(child: &mut Child, text: &str) -> impl Sized + use<> {
    let mut lines = BufReader::new(child.stdout.take().expect("piped")).lines();
    while let Some(line) = lines.next_line().await.expect("readable") {
        if line.contains(text) {
            break;
        }
    }
    lines
}

fn report(text: &str) {
    let mut out = std::io::stdout().lock();
    writeln!(out, "\n@{text}")
        .and_then(|()| out.flush())
        .expect("the other process reads");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "runs in other processes only"]
async fn runs_the_role_of_another_process() {
    let Ok(role) = std::env::var(ROLE) else {
        return;
    };
    let url = std::env::var(URL).expect("the server");
    let directory = std::env::var(DIRECTORY).expect("the directory");
    let store = store(directory.as_ref());
    match role.as_str() {
        "ensure" => {
            let tasks: Vec<_> = (0..8)
                .map(|_| {
                    let keeper = builder(&url, store.clone()).build();
                    tokio::spawn(async move { keeper.ensure_registered(&wanted()).await })
                })
                .collect();
            for task in tasks {
                let ensured = task.await.expect("no panic").expect("ensured");
                report(ensured.registration().client_id());
            }
        }
        "update" => {
            // Lets the processes of a race begin together.
            while Path::new(&directory).with_extension("wait").exists() {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
            let keeper = builder(&url, store).build();
            let (mut won, mut lost) = (0, 0);
            for round in 0..ROUNDS {
                let name = format!("{} {round}", std::process::id());
                match keeper.update(rename(&name)).await {
                    Ok(registration) => {
                        let granted = registration.granted().client_name.as_deref();
                        assert_eq!(granted, Some(name.as_str()));
                        won += 1;
                        report(&name);
                    }
                    Err(KeeperError::Conflict) => lost += 1,
                    Err(error) => panic!("{error:?}"),
                }
            }
            assert_eq!(won + lost, ROUNDS);
            report(&format!("lost {lost}"));
        }
        stop => {
            let stop = stop.strip_prefix("stop at write ").expect("a role");
            let store = Stopping {
                inner: store,
                left: AtomicUsize::new(stop.parse().expect("a number")),
            };
            let keeper = builder(&url, store).build();
            let updated = keeper.update(rename("Renamed")).await;
            panic!("it was not stopped: {updated:?}");
        }
    }
}

/// A store that stops the process before a write, so that it can be killed there.
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
            report("stopped");
            return Box::pin(std::future::pending());
        }
        self.inner.save(key, expected, content)
    }

    fn clear<'a>(&'a self, key: &'a StoreKey, expected: Version) -> StoreFuture<'a, ()> {
        self.inner.clear(key, expected)
    }

    fn list<'a>(&'a self, query: &'a ListQuery) -> StoreFuture<'a, Vec<String>> {
        self.inner.list(query)
    }
}

#[tokio::test]
async fn four_processes_of_eight_tasks_register_once() {
    let fleet = Fleet::new().await;
    let mut children: Vec<_> = (0..4).map(|_| fleet.start("ensure")).collect();
    let mut ids = Vec::new();
    for child in &mut children {
        ids.extend(reports(child).await);
    }
    assert_eq!(ids.len(), 32);
    ids.dedup();
    assert_eq!(ids, fleet.ory.registered_clients());
    let registrations = fleet.ory.requests_to("POST", "/oauth2/register");
    assert_eq!(registrations.len(), 1);
}

#[tokio::test]
async fn two_processes_that_update_at_once_are_told_of_every_lost_race() {
    let fleet = Fleet::new().await;
    let keeper = fleet.registered().await;
    let wait = fleet.home.path().join("store.wait");
    std::fs::write(&wait, "").expect("a file to wait for");
    let mut children = [fleet.start("update"), fleet.start("update")];
    tokio::time::sleep(Duration::from_millis(500)).await;
    std::fs::remove_file(&wait).expect("they begin");
    let mut written = Vec::new();
    for child in &mut children {
        written.push(reports(child).await);
    }
    // The last line of each says how many races it lost.
    let lost: Vec<_> = written.iter_mut().filter_map(Vec::pop).collect();
    assert!(
        lost.iter().any(|line| line != "lost 0"),
        "there was no race: {lost:?}"
    );
    let won: usize = written.iter().map(Vec::len).sum();
    // Each reported success is one update at the server, and there are no others.
    assert_eq!(updates(&fleet.ory), won);
    let stored = keeper.stored().await;
    let mut registration = stored.expect("no lock-out").expect("an entry");
    client(fleet.ory.url())
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
async fn a_process_killed_before_a_write_of_an_update_leaves_a_certain_outcome() {
    // Killed before it saves the intent, and before it saves the reply.
    for (write, expected_key_lost) in [(1, false), (2, true)] {
        let fleet = Fleet::new().await;
        let keeper = fleet.registered().await;
        let mut child = fleet.start(&format!("stop at write {write}"));
        let _pipe = wait_for(&mut child, "@stopped").await;
        child.kill().await.expect("killed");
        let recovery = fleet.recovering().recover().await;
        let recovery = recovery.expect("the server answers");
        let key_lost = matches!(recovery, Recovery::KeyLost { .. });
        assert_eq!(key_lost, expected_key_lost, "{recovery:?}");
        assert_eq!(keeper.stored().await.is_err(), expected_key_lost);
    }
}

#[tokio::test]
async fn a_process_killed_at_any_time_leaves_a_certain_outcome() {
    let mut keys_lost = 0;
    for round in 0..30 {
        let fleet = Fleet::new().await;
        let keeper = fleet.registered().await;
        let mut child = fleet.start("update");
        let _pipe = wait_for(&mut child, "@").await;
        tokio::time::sleep(Duration::from_micros(300 * round)).await;
        child.kill().await.expect("killed");
        let recovery = fleet.recovering().recover().await;
        if matches!(
            recovery.expect("the server answers"),
            Recovery::KeyLost { .. }
        ) {
            keys_lost += 1;
            keeper.stored().await.expect_err("the store says so");
        } else {
            let mut stored = keeper.stored().await.expect("stored").expect("an entry");
            let read = client(fleet.ory.url()).read_registration(&mut stored).await;
            read.expect("the token works");
        }
    }
    assert!(keys_lost < 30, "some were killed between two updates");
}
