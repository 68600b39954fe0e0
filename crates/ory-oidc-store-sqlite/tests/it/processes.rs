//! Several processes that use one file.

use ory_oidc::{Client, ClientMetadata};
use ory_oidc_keeper::store::{Content, StoreError, StoreKey};
use ory_oidc_keeper::{Keeper, RegistrationStore as _};
use ory_oidc_mock::OryMock;
use ory_oidc_store_sqlite::SqliteStore;
use std::env;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

/// Set in the child processes.
const FILE: &str = "ORY_OIDC_SQLITE_TEST_FILE";
const SERVER: &str = "ORY_OIDC_SQLITE_TEST_SERVER";
const PROCESSES: u64 = 4;
const INCREMENTS: u64 = 25;

fn start(test: &str, variables: &[(&str, &str)]) -> Child {
    let mut child = Command::new(env::current_exe().expect("the test runs from a file"));
    child
        .args(["--exact", test, "--nocapture"])
        .stdout(Stdio::piped());
    child.envs(variables.iter().copied());
    child.spawn().expect("the child can be started")
}

fn finish(child: Child) {
    let output = child.wait_with_output().expect("the child has started");
    let printed = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{printed}");
}

fn counter() -> StoreKey {
    StoreKey::new("https://id.example", "counter")
}

#[tokio::test]
async fn no_update_of_several_processes_is_lost() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ory.sqlite");
    let file = path.to_str().expect("the path is text");
    // All open the file for the first time, at the same time.
    let children: Vec<_> = (0..PROCESSES)
        .map(|_| start("processes::increment_in_the_child", &[(FILE, file)]))
        .collect();
    children.into_iter().for_each(finish);
    let store = SqliteStore::open(&path).await.unwrap();
    let entry = store.load(&counter()).await.unwrap().expect("it was saved");
    assert_eq!(entry.content.expose(), (PROCESSES * INCREMENTS).to_string());
}

#[tokio::test]
async fn increment_in_the_child() {
    let Some(path) = env::var_os(FILE).map(PathBuf::from) else {
        return; // it is not a child
    };
    let store = SqliteStore::open(path).await.unwrap();
    let mut done = 0;
    while done < INCREMENTS {
        let entry = store.load(&counter()).await.unwrap();
        let version = entry.as_ref().map(|entry| entry.version);
        let count = entry.map_or(0, |entry| entry.content.expose().parse::<u64>().unwrap());
        let next = Content::new((count + 1).to_string());
        match store.save(&counter(), version, &next).await {
            Ok(_) => done += 1,
            Err(StoreError::Conflict) => {}
            Err(error) => panic!("{error}"),
        }
    }
}

#[tokio::test]
async fn several_processes_register_one_client() {
    let ory = OryMock::start().await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ory.sqlite");
    let variables = [(FILE, path.to_str().expect("text")), (SERVER, ory.url())];
    let children: Vec<_> = (0..PROCESSES)
        .map(|_| start("processes::ensure_in_the_child", &variables))
        .collect();
    children.into_iter().for_each(finish);
    assert_eq!(ory.requests_to("POST", "/oauth2/register").len(), 1);
}

#[tokio::test]
async fn ensure_in_the_child() {
    let (Some(path), Ok(server)) = (env::var_os(FILE), env::var(SERVER)) else {
        return; // it is not a child
    };
    let store = SqliteStore::open(PathBuf::from(path)).await.unwrap();
    let keeper = Keeper::new(Client::new(server).unwrap(), store, "app");
    let wanted = ClientMetadata::new(["https://app.example/callback"]);
    keeper.ensure_registered(&wanted).await.unwrap();
}
