//! Processes that are killed in the middle of an update.
//!
//! `KEEPER_KILLS` sets their number (default: 12).

use super::{Hydra, NAME, client_ids, wanted};
use ory_oidc::Client;
use ory_oidc::error::ErrorKind;
use ory_oidc_keeper::{Action, FileStore, Keeper, KeeperBuilder, Recovery};
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::Command;

const URL: &str = "ORY_OIDC_TEST_ROLE_URL";
const DIRECTORY: &str = "ORY_OIDC_TEST_ROLE_DIRECTORY";

fn builder(url: &str, directory: &Path) -> KeeperBuilder {
    let ory = Client::new(url).expect("loopback is permitted");
    let store = FileStore::open(directory).expect("a private directory");
    Keeper::builder(ory, store, NAME).settling_time(Duration::from_millis(200))
}

#[tokio::test]
#[ignore = "runs in other processes only"]
async fn updates_until_it_is_killed() {
    let Ok(url) = std::env::var(URL) else {
        return;
    };
    let directory = std::env::var(DIRECTORY).expect("the directory");
    let keeper = builder(&url, directory.as_ref()).build();
    for count in 0.. {
        let name = format!("Name {count}");
        let updated = keeper.update(|metadata| metadata.set_client_name(name));
        updated.await.expect("updated");
        if count == 1 {
            eprintln!("\n@updating");
        }
    }
}

/// Starts a process that updates the registration, and kills it after a while.
async fn kill_in_mid_update(url: &str, directory: &Path, after: Duration) {
    let mut child = Command::new(std::env::current_exe().expect("this binary"))
        .args([
            "killed::updates_until_it_is_killed",
            "--exact",
            "--ignored",
            "--nocapture",
        ])
        .env(URL, url)
        .env(DIRECTORY, directory)
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .expect("another process");
    let mut lines = BufReader::new(child.stderr.take().expect("piped")).lines();
    while let Some(line) = lines.next_line().await.expect("readable") {
        if line.contains("@updating") {
            break;
        }
    }
    tokio::time::sleep(after).await;
    child.kill().await.expect("killed");
}

#[tokio::test]
#[ignore = "needs Ory Hydra: `make test` builds it and runs this"]
async fn the_verdict_after_a_kill_agrees_with_the_server() {
    let hydra = Hydra::builder().start().await;
    let kills = std::env::var("KEEPER_KILLS").ok();
    let kills: u64 = kills.map_or(12, |kills| kills.parse().expect("a number"));
    let home = TempDir::new().expect("a temporary directory");
    let (mut works, mut lost) = (0, 0);
    for kill in 0..kills {
        let directory = home.path().join(kill.to_string());
        let keeper = builder(hydra.public_url(), &directory)
            .lease(Duration::ZERO)
            .confirmation_interval(Duration::from_millis(50))
            .build();
        let ensured = keeper
            .ensure_registered(&wanted())
            .await
            .expect("registered");
        let id = ensured.registration().client_id().to_owned();
        let after = Duration::from_micros(kill * 7919 % 25_000);
        kill_in_mid_update(hydra.public_url(), &directory, after).await;

        let recovery = keeper.recover().await.expect("the server answers");
        let client = hydra.admin().client(&id).await.expect("the client exists");
        let known = keeper.last_known().await.expect("loaded");
        let mut known = known.expect("the store is not emptied");
        let ory = Client::new(hydra.public_url()).expect("loopback is permitted");
        let read = ory.read_registration(&mut known).await;
        match recovery {
            Recovery::Recovered { .. } | Recovery::NotNeeded { .. } => {
                works += 1;
                read.expect("the token works");
                let name = known.granted().client_name.as_deref();
                assert_eq!(client["client_name"].as_str(), name);
            }
            Recovery::KeyLost { .. } => {
                lost += 1;
                let refused = read.expect_err("the token is dead");
                assert_eq!(refused.kind(), ErrorKind::Unauthorized);
                let wanted = wanted().client_name(client["client_name"].as_str().expect("a name"));
                let ensured = keeper.ensure_registered(&wanted).await;
                let ensured = ensured.expect("the client stays in use");
                assert_eq!(ensured.action(), Action::KeyLost);
            }
            other => panic!("the client exists: {other:?}"),
        }
        assert_eq!(client_ids(&hydra).await, [id.as_str()]);
        hydra.admin().delete_client(&id).await;
    }
    eprintln!("{kills} kills: {works} tokens work, {lost} are lost, 0 wrong verdicts");
}
