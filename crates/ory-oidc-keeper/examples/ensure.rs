//! A program that registers a client on its first start, and uses the same client on every later
//! start.
//!
//! `cargo run --example ensure` starts it twice with the mock server. With `ORY_URL`, run it twice
//! yourself: it stores its registration in the directory that `ORY_STORE` names.

#![allow(clippy::print_stdout)]

mod support;

use ory_oidc::{Client, ClientMetadata};
use ory_oidc_keeper::{FileStore, Keeper};
use std::env;
use std::error::Error;
use std::path::{Path, PathBuf};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let server = support::Server::from_env().await;
    let ory = server.client()?;
    if server.is_mock() {
        // The mock server ends with this process, so both starts are part of it.
        let directory = tempfile::tempdir()?;
        let store = directory.path().join("store");
        start(&ory, &store).await?;
        start(&ory, &store).await?;
    } else {
        let directory = env::var_os("ORY_STORE").map(PathBuf::from);
        let directory = directory.ok_or("set ORY_STORE to the directory of the registration")?;
        start(&ory, &directory).await?;
        println!("the registration is in {}", directory.display());
    }
    Ok(())
}

async fn start(ory: &Client, directory: &Path) -> Result<(), Box<dyn Error>> {
    let wanted = ClientMetadata::new(["https://app.example/callback"]).client_name("My app");
    let keeper = Keeper::new(ory.clone(), FileStore::open(directory)?, "my-app");
    let ensured = keeper.ensure_registered(&wanted).await?;
    println!(
        "start: {:?} client {}",
        ensured.action(),
        ensured.registration().client_id()
    );
    Ok(())
}
