//! Several processes with one registration: whoever starts first registers, the others wait for
//! it and share it.
//!
//! `cargo run --example fleet`; `ORY_URL` names a real server. The processes share a folder here;
//! on several machines they share a database.

#![allow(clippy::print_stdout)]

mod support;

use ory_oidc::ClientMetadata;
use ory_oidc_keeper::FileStore;
use std::env;
use std::error::Error;
use std::process::Command;

const FOLDER: &str = "ORY_FLEET_FOLDER";
const SIZE: usize = 4;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    match env::var_os(FOLDER) {
        Some(folder) => member(FileStore::open(folder)?).await,
        None => captain().await,
    }
}

/// Starts the fleet, and retires its registration in the end.
async fn captain() -> Result<(), Box<dyn Error>> {
    let server = support::Server::from_env().await;
    let folder = tempfile::tempdir()?;
    let store = folder.path().join("store");
    let program = env::current_exe()?;
    let mut fleet = Vec::new();
    for _ in 0..SIZE {
        let member = Command::new(&program)
            .env("ORY_URL", &server.url)
            .env(FOLDER, &store)
            .spawn();
        fleet.push(member?);
    }
    let mut good = true;
    for mut member in fleet {
        // The double runs on a thread of its own, so waiting here does not hold it up.
        good &= member.wait()?.success();
    }
    let ory = server.client().build()?;
    let keeper = ory.keeper(FileStore::open(&store)?, "fleet");
    println!(
        "the captain retires the registration: {:?}",
        keeper.retire().await?
    );
    if good {
        Ok(())
    } else {
        Err("a member of the fleet failed".into())
    }
}

async fn member(store: FileStore) -> Result<(), Box<dyn Error>> {
    let ory = support::Server::from_env().await.client().build()?;
    let wanted = ClientMetadata::new(["https://app.example/callback"]).client_name("A fleet");
    let ensured = ory
        .keeper(store, "fleet")
        .ensure_registered(&wanted)
        .await?;
    let id = ensured.registration().client_id();
    println!(
        "process {}: {:?} client {id}",
        std::process::id(),
        ensured.action()
    );
    Ok(())
}
