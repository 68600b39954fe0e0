//! Several processes with one registration: the first one registers, and the others wait and share
//! the client.
//!
//! `cargo run --example fleet` uses the mock server; `ORY_URL` names a real one. The processes share
//! a directory. On several machines, use a database: see the crate `ory-oidc-store-postgres`.

#![allow(clippy::print_stdout)]

mod support;

use ory_oidc::ClientMetadata;
use ory_oidc_keeper::{FileStore, Keeper};
use std::env;
use std::error::Error;
use std::process::Command;

const DIRECTORY: &str = "ORY_FLEET_DIRECTORY";
const SIZE: usize = 4;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    match env::var_os(DIRECTORY) {
        Some(directory) => run_member(FileStore::open(directory)?).await,
        None => run_fleet().await,
    }
}

/// Starts the members of the fleet, and retires their registration when they have ended.
async fn run_fleet() -> Result<(), Box<dyn Error>> {
    let server = support::Server::from_env().await;
    let home = tempfile::tempdir()?;
    let directory = home.path().join("store");
    let program = env::current_exe()?;
    let mut fleet = Vec::new();
    for _ in 0..SIZE {
        let member = Command::new(&program)
            .env("ORY_URL", server.url())
            .env(DIRECTORY, &directory)
            .spawn();
        fleet.push(member?);
    }
    let mut succeeded = true;
    for mut member in fleet {
        // The mock server has a thread of its own, so it continues while this thread waits.
        succeeded &= member.wait()?.success();
    }
    let keeper = Keeper::new(server.client()?, FileStore::open(&directory)?, "fleet");
    println!("retired the registration: {:?}", keeper.retire().await?);
    if succeeded {
        Ok(())
    } else {
        Err("a member of the fleet failed".into())
    }
}

async fn run_member(store: FileStore) -> Result<(), Box<dyn Error>> {
    let ory = support::Server::from_env().await.client()?;
    let wanted = ClientMetadata::new(["https://app.example/callback"]).client_name("A fleet");
    let keeper = Keeper::new(ory, store, "fleet");
    let ensured = keeper.ensure_registered(&wanted).await?;
    println!(
        "process {}: {:?} client {}",
        std::process::id(),
        ensured.action(),
        ensured.registration().client_id()
    );
    Ok(())
}
