//! Logs a user out: what an app checks before the browser leaves and when it is back.
//!
//! `cargo run --example logout` registers an app at the double and logs its user out. For a real
//! server, where a user has logged in at an app of yours:
//!
//! - `ORY_URL`: its base URL; `ORY_ISSUER`: its issuer, where that is not the same
//! - `ORY_CLIENT_ID` and `ORY_REGISTRATION_ACCESS_TOKEN`: the app's registration, which is only read
//! - `ORY_ID_TOKEN`: the ID token that the app got for the user

#![allow(clippy::print_stdout)]

mod support;

use ory_oidc::logout::{LogoutCallback, LogoutCallbackError, LogoutState};
use ory_oidc::{Client, ClientMetadata, IdToken, Registration};
use std::env;
use std::error::Error;
use support::Server;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

#[tokio::main]
async fn main() -> Result<()> {
    let server = Server::from_env().await;
    let ory = server.client().build()?;
    if !server.is_double() {
        let app = App::from_env(&ory).await?;
        return log_out(&ory, &app).await;
    }
    let app = App::register(&ory, &server).await?;
    let outcome = log_out(&ory, &app).await;
    ory.delete_registration(&app.registration).await?;
    outcome
}

/// An app with a user.
struct App {
    registration: Registration,
    id_token: IdToken,
}

impl App {
    async fn register(ory: &Client, server: &Server) -> Result<Self> {
        // The address must be registered, and on Ory share its origin with a redirect URI.
        let wanted = ClientMetadata::new(["https://app.example/callback"])
            .post_logout_redirect_uris(["https://app.example/bye"]);
        let registration = ory.register(&wanted).await?;
        let id_token = server.id_token(Some(registration.client_id()));
        Ok(Self {
            id_token: id_token.ok_or("the double issues one")?,
            registration,
        })
    }

    async fn from_env(ory: &Client) -> Result<Self> {
        let setting = |name| env::var(name).map_err(|_| format!("ORY_URL is set: set {name}, too"));
        let id = setting("ORY_CLIENT_ID")?;
        let token = setting("ORY_REGISTRATION_ACCESS_TOKEN")?;
        let id_token = setting("ORY_ID_TOKEN")?.into();
        let mut registration = Registration::from_saved(id, token.into());
        ory.read_registration(&mut registration).await?;
        Ok(Self {
            registration,
            id_token,
        })
    }
}

async fn log_out(ory: &Client, app: &App) -> Result<()> {
    let App {
        registration,
        id_token,
    } = app;
    let granted = registration.granted();
    let addresses = granted.post_logout_redirect_uris.as_deref();
    let bye = addresses.and_then(<[String]>::first);
    let bye = bye.ok_or("the app has registered no post_logout_redirect_uris")?;

    // A mistake would leave the user on Ory's error page. It is told here instead.
    let mistaken = ory
        .end_session(id_token)
        .post_logout_redirect_uri(format!("{bye}/"));
    for problem in mistaken.preflight(registration) {
        println!("Ory would refuse: {problem}");
    }

    // The app keeps the state in the browser's session.
    let state = new_state()?;
    let kept_in_the_session = state.expose().to_owned();
    let request = ory
        .end_session(id_token)
        .post_logout_redirect_uri(bye)
        .state(state);
    for problem in request.preflight(registration) {
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
    Ok(())
}

/// 128 bits or more that nobody can guess.
#[cfg(any(feature = "jwt", feature = "rustls", feature = "encryption"))]
fn new_state() -> Result<LogoutState> {
    Ok(LogoutState::random()?)
}

/// This crate has no source of random numbers with these features: use the app's.
#[cfg(not(any(feature = "jwt", feature = "rustls", feature = "encryption")))]
#[allow(clippy::unnecessary_wraps)] // the other one can fail
fn new_state() -> Result<LogoutState> {
    Ok(LogoutState::new("from-the-apps-own-source"))
}
