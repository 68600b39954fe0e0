//! Logs a user out: the checks before the browser leaves, and when it returns.
//!
//! `cargo run --example logout` registers an app at the mock server and logs its user out. For a
//! real server and an app with a logged-in user, set:
//!
//! - `ORY_URL`: its base URL
//! - `ORY_ISSUER`: its issuer, if it is not the base URL
//! - `ORY_CLIENT_ID` and `ORY_REGISTRATION_ACCESS_TOKEN`: the app's registration, which is only read
//! - `ORY_ID_TOKEN`: the user's ID token

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
    if !server.is_mock() {
        let app = App::from_env(&ory).await?;
        return log_out(&ory, &app).await;
    }
    let app = App::register(&ory, &server).await?;
    let outcome = log_out(&ory, &app).await;
    ory.delete_registration(&app.registration).await?;
    outcome
}

/// An app and its user.
struct App {
    registration: Registration,
    id_token: IdToken,
}

impl App {
    async fn register(ory: &Client, server: &Server) -> Result<Self> {
        // The URI must be registered. Ory requires the origin of one of the redirect URIs.
        let wanted = ClientMetadata::new(["https://app.example/callback"])
            .post_logout_redirect_uris(["https://app.example/bye"]);
        let registration = ory.register(&wanted).await?;
        let id_token = server.id_token(Some(registration.client_id()));
        Ok(Self {
            id_token: id_token.ok_or("the mock server issues an ID token")?,
            registration,
        })
    }

    async fn from_env(ory: &Client) -> Result<Self> {
        let setting =
            |name| env::var(name).map_err(|_| format!("ORY_URL is set: set {name} as well"));
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
    let uris = granted.post_logout_redirect_uris.as_deref();
    let bye = uris.and_then(<[String]>::first);
    let bye = bye.ok_or("the app has registered no post_logout_redirect_uris")?;

    // Ory would send the user to an error page. Preflight finds the mistake before.
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

    // A web app redirects the browser to this URL. It contains the ID token: do not log it.
    let url = request.url()?;
    println!(
        "send the browser to {}{}?…",
        url.origin().ascii_serialization(),
        url.path()
    );

    // The server's outcome, without a browser.
    println!(
        "the outcome would be: {:?}",
        ory.logout_probe(&request).await?
    );

    // When the browser returns, the framework passes its query.
    let sent = LogoutState::new(kept_in_the_session);
    for query in [
        format!("state={}", sent.expose()),
        "state=another-request".to_owned(),
        "error=invalid_request&error_description=No+such+session.".to_owned(),
    ] {
        match LogoutCallback::from_query(&query)?.check(&sent) {
            Ok(()) => println!("returned: the user is logged out"),
            Err(LogoutCallbackError::Refused(refusal)) => {
                println!("returned: the server refused: {refusal}");
            }
            Err(error) => println!("ignored: {error}"),
        }
    }
    Ok(())
}

/// Returns a state of at least 128 random bits.
#[cfg(any(feature = "jwt", feature = "rustls"))]
fn new_state() -> Result<LogoutState> {
    Ok(LogoutState::random()?)
}

/// Without these features, the app needs its own source of random numbers.
#[cfg(not(any(feature = "jwt", feature = "rustls")))]
#[allow(clippy::unnecessary_wraps)] // as above
fn new_state() -> Result<LogoutState> {
    Ok(LogoutState::new("from-the-apps-own-source"))
}
