//! Makes the URL that logs a user out.
//!
//! `cargo run --example logout`; `ORY_URL` and `ORY_ID_TOKEN` name a real server and a user's token.

#![allow(clippy::print_stdout)]

mod support;

use ory_oidc::{ClientMetadata, state_matches};
use std::error::Error;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let server = support::Server::from_env().await;
    let ory = server.client().build()?;

    // The address must be registered, and on Ory share its origin with a redirect URI.
    let wanted = ClientMetadata::new(["https://app.example/callback"])
        .post_logout_redirect_uris(["https://app.example/bye"]);
    let registration = ory.register(&wanted).await?;
    let id_token = server
        .id_token(Some(registration.client_id()))
        .ok_or("set ORY_ID_TOKEN")?;

    let state = "a-random-value-kept-in-the-session";
    let request = ory
        .end_session(&id_token)
        .post_logout_redirect_uri("https://app.example/bye")
        .state(state);

    // What a web app does: answer with a redirect to this URL. It holds the ID token.
    let url = request.url()?;
    println!(
        "send the browser to {}{}?…",
        url.origin().ascii_serialization(),
        url.path()
    );

    // What the server would do with it, asked without a browser.
    println!("the server would answer: {:?}", request.send().await?);

    // When the browser is back at https://app.example/bye?state=…
    println!("the state is ours: {}", state_matches(state, Some(state)));

    ory.delete_registration(&registration).await?;
    Ok(())
}
