//! A program that registers itself when it starts for the first time, and finds its client again
//! ever after.
//!
//! `cargo run --example ensure` starts it twice on one double. With `ORY_URL`, run it twice
//! yourself: it keeps its registration in the folder that `ORY_STORE` names.

#![allow(clippy::print_stdout)]

mod support;

use ory_oidc::{Client, ClientMetadata};
use ory_oidc_keeper::FileStore;
use std::env;
use std::error::Error;
use std::path::{Path, PathBuf};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let server = support::Server::from_env().await;
    let ory = server.client().build()?;
    if server.is_double() {
        // The double forgets with this process, so both starts are in it.
        let folder = tempfile::tempdir()?;
        let store = folder.path().join("store");
        start(&ory, &store).await?;
        start(&ory, &store).await?;
    } else {
        let folder = env::var_os("ORY_STORE").map(PathBuf::from);
        let folder = folder.ok_or("ORY_STORE names the folder to keep the registration in")?;
        start(&ory, &folder).await?;
        println!("its registration is in {}", folder.display());
    }
    Ok(())
}

async fn start(ory: &Client, folder: &Path) -> Result<(), Box<dyn Error>> {
    let wanted = ClientMetadata::new(["https://app.example/callback"]).client_name("My app");
    let keeper = ory.keeper(FileStore::open(folder)?, "my-app");
    let ensured = keeper.ensure_registered(&wanted).await?;
    println!(
        "start: {:?} client {}",
        ensured.action(),
        ensured.registration().client_id()
    );
    Ok(())
}
