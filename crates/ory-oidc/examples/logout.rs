//! Logs a user out: what an app checks before the browser leaves and when it is back.
//!
//! `cargo run --example logout`; `ORY_URL` and `ORY_ID_TOKEN` name a real server and a user's token.

#![allow(clippy::print_stdout)]

mod support;

use ory_oidc::{ClientMetadata, LogoutCallback, LogoutCallbackError, LogoutState};
use std::error::Error;

const BYE: &str = "https://app.example/bye";

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let server = support::Server::from_env().await;
    let ory = server.client().build()?;

    // The address must be registered, and on Ory share its origin with a redirect URI.
    let wanted =
        ClientMetadata::new(["https://app.example/callback"]).post_logout_redirect_uris([BYE]);
    let registration = ory.register(&wanted).await?;
    let id_token = server
        .id_token(Some(registration.client_id()))
        .ok_or("set ORY_ID_TOKEN")?;

    // A mistake would leave the user on Ory's error page. It is told here instead.
    let mistaken = ory
        .end_session(&id_token)
        .post_logout_redirect_uri(format!("{BYE}/"));
    for problem in mistaken.preflight(&registration) {
        println!("Ory would refuse: {problem}");
    }

    // The app keeps the state in the browser's session.
    let state = new_state()?;
    let kept_in_the_session = state.expose().to_owned();
    let request = ory
        .end_session(&id_token)
        .post_logout_redirect_uri(BYE)
        .state(state);
    for problem in request.preflight(&registration) {
        println!("Ory would refuse: {problem}");
    }

    // What a web app does: answer with a redirect to this URL. It holds the ID token.
    let url = request.url()?;
    println!(
        "send the browser to {}{}?…",
        url.origin().ascii_serialization(),
        url.path()
    );

    // What the server would do with it, asked without a browser.
    println!("the server would answer: {:?}", request.send().await?);

    // When the browser is back, the framework hands over its query.
    let sent = LogoutState::new(kept_in_the_session);
    for query in [
        format!("state={}", sent.expose()),
        "state=somebody-elses".to_owned(),
        "error=invalid_request&error_description=No+such+session.".to_owned(),
    ] {
        match LogoutCallback::from_query(&query)?.check(&sent) {
            Ok(()) => println!("back: the user is logged out"),
            Err(LogoutCallbackError::Refused(refusal)) => println!("back: refused, {refusal}"),
            Err(error) => println!("ignored: {error}"),
        }
    }

    ory.delete_registration(&registration).await?;
    Ok(())
}

/// 128 bits or more that nobody can guess.
#[cfg(any(feature = "jwt", feature = "rustls", feature = "encryption"))]
fn new_state() -> Result<LogoutState, ory_oidc::Error> {
    LogoutState::random()
}

/// This crate has no source of random numbers with these features: use the app's.
#[cfg(not(any(feature = "jwt", feature = "rustls", feature = "encryption")))]
#[allow(clippy::unnecessary_wraps)] // the other one can fail
fn new_state() -> Result<LogoutState, ory_oidc::Error> {
    Ok(LogoutState::new("from-the-apps-own-source"))
}
