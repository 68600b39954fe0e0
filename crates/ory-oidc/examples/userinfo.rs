//! Turns an access token into its user.
//!
//! `cargo run --example userinfo` uses the mock server. `ORY_URL` and `ORY_ACCESS_TOKEN` name a real
//! server and a token.

#![allow(clippy::print_stdout)]

mod support;

use ory_oidc::Subject;
use ory_oidc::error::ErrorKind;
use std::error::Error;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let server = support::Server::from_env().await;
    let ory = server.client().build()?;
    let token = server.access_token(None).ok_or("set ORY_ACCESS_TOKEN")?;

    // If you have the ID token, expect its `sub`: Subject::Expect("user-123").
    match ory.userinfo(&token, Subject::Unchecked).await {
        Ok(user) => {
            println!(
                "{} is {}",
                user.sub(),
                user.name().unwrap_or("a user without a name")
            );
            let groups: Option<Vec<String>> = user.claim("groups")?;
            println!("in the groups {:?}", groups.unwrap_or_default());
        }
        Err(error) if error.kind() == ErrorKind::Unauthorized => {
            println!("the token is not valid: refresh it or log the user in again");
        }
        Err(error) => return Err(error.into()),
    }
    Ok(())
}
