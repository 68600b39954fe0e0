//! Reads the provider's metadata and checks the issuer.
//!
//! `cargo run --example discover` uses the mock server. `ORY_URL` names a real one, and `ORY_ISSUER`
//! its issuer if it is not the same.

#![allow(clippy::print_stdout)]

mod support;

use std::error::Error;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let server = support::Server::from_env().await;
    let ory = server.client().build()?;

    let provider = ory.discover().await?;
    println!("issuer         {}", provider.issuer());
    println!(
        "authorization  {}",
        provider.authorization_endpoint().unwrap_or("-")
    );
    println!(
        "token          {}",
        provider.token_endpoint().unwrap_or("-")
    );
    println!(
        "userinfo       {}",
        provider.userinfo_endpoint().unwrap_or("-")
    );
    println!(
        "logout         {}",
        provider.end_session_endpoint().unwrap_or("-")
    );
    println!(
        "registration   {}{}",
        provider.registration_endpoint(),
        if provider.advertises_registration() {
            ""
        } else {
            " (not advertised)"
        }
    );
    println!("keys           {}", provider.jwks_uri());
    Ok(())
}
