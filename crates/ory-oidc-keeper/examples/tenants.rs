//! An app with a client for each tenant: registers them at the first start, checks them at the second
//! one, and deletes them when the tenants leave.
//!
//! `cargo run --example tenants` uses the mock server; `ORY_URL` names a real one.

#![allow(clippy::print_stdout)]

mod support;

use indicatif::{ProgressBar, ProgressStyle};
use ory_oidc::ClientMetadata;
use ory_oidc_keeper::{FileStore, Keepers};
use std::error::Error;

const TENANTS: usize = 200;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let server = support::Server::from_env().await;
    let home = tempfile::tempdir()?;
    let store = FileStore::open(home.path().join("store"))?;
    let keepers = Keepers::new(server.client()?, store);
    start(&keepers).await?;
    start(&keepers).await?;

    let mut names = keepers.names().prefix("tenant-");
    let mut retired = 0;
    while let Some(name) = names.next().await? {
        keepers.keeper(name).retire().await?;
        retired += 1;
    }
    println!("{retired} tenants have left");
    Ok(())
}

async fn start(keepers: &Keepers) -> Result<(), Box<dyn Error>> {
    let tenants = (0..TENANTS).map(|number| {
        let callback = format!("https://tenant-{number}.app.example/callback");
        (format!("tenant-{number}"), ClientMetadata::new([callback]))
    });
    let mut all = keepers.ensure_all(tenants);
    let style = ProgressStyle::with_template("{bar:40} {pos}/{len} {eta} left")?;
    let bar = ProgressBar::new(TENANTS as u64).with_style(style);
    while let Some(ensured) = all.next().await {
        if let Err(error) = ensured.result {
            bar.println(format!("{}: {error}", ensured.name));
        }
        bar.set_position(all.progress().done() as u64);
    }
    bar.finish_and_clear();
    let progress = all.progress();
    println!(
        "start: {} registered, {} found, {} failed",
        progress.registered, progress.found, progress.failed
    );
    Ok(())
}
