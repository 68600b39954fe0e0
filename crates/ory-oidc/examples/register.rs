//! Registers a client, renames it and deletes it.
//!
//! `cargo run --example register` uses the mock server. `ORY_URL` names a real one.

#![allow(clippy::print_stdout)]

mod support;

use ory_oidc::ClientMetadata;
use std::error::Error;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let server = support::Server::from_env().await;
    let ory = server.client().build()?;

    let wanted = ClientMetadata::new(["https://app.example/callback"])
        .client_name("My app")
        .scope(["openid", "offline_access"])
        .member("software_id", "4NRB1-0XZABZI9E6-5SM3R");
    let mut registration = ory.register(&wanted).await?;
    println!("registered {}", registration.client_id());
    for difference in registration.differences(&wanted) {
        println!("  {difference}");
    }

    // The update replaced the registration access token: save the registration again.
    ory.update_registration(&mut registration, |m| m.set_client_name("Renamed"))
        .await?;
    println!(
        "its name is now {:?}",
        registration.granted().client_name.as_deref()
    );

    ory.delete_registration(&registration).await?;
    println!("deleted");
    Ok(())
}
