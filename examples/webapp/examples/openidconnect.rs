//! Logs in from a terminal with the crate `openidconnect`, for a client that `ory_oidc` registers.
//! Then fetches the user and prints where to log out.
//!
//! ```sh
//! ORY_URL=http://127.0.0.1:4444 cargo run --example openidconnect
//! ```
//!
//! Open the URL that it prints. Set `ORY_ISSUER` if the issuer differs from the URL. Without an Ory,
//! start the Hydra of the tests: `cargo run --package ory-oidc-test-servers --bin test-hydra`.

#![allow(clippy::print_stdout)]

use axum::Router;
use axum::extract::Query;
use axum::routing::get;
use ory_oidc::{Client, ClientMetadata, Registration, Subject};
use ory_oidc_webapp::http;
use ory_oidc_webapp::login::{Callback, Login};
use std::env;
use std::error::Error;
use tokio::net::TcpListener;
use tokio::sync::mpsc;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let url = env::var("ORY_URL").map_err(|_| "set ORY_URL to the server to log in at")?;
    let http = http::client("ory-oidc-example/0.1")?;
    let mut ory = Client::builder(url).http_client(http.clone());
    if let Ok(issuer) = env::var("ORY_ISSUER") {
        ory = ory.issuer(issuer);
    }
    let ory = ory.build()?;

    // The port differs in each run, and so does the registration.
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let redirect_uri = format!("http://{}/callback", listener.local_addr()?);
    let wanted = ClientMetadata::new([&redirect_uri]).scope(["openid", "profile"]);
    let registration = ory.register(&wanted).await?;
    let result = log_in(&ory, &http, &registration, &redirect_uri, listener).await;
    ory.delete_registration(&registration).await?;
    result
}

async fn log_in(
    ory: &Client,
    http: &reqwest::Client,
    registration: &Registration,
    redirect_uri: &str,
    listener: TcpListener,
) -> Result<(), Box<dyn Error>> {
    let login = Login::new(ory, http, registration, redirect_uri).await?;
    let (url, pending) = login.start(&["profile"]);
    println!("Open {url}");

    let callback = wait_for_browser(listener).await?;
    let user = login.finish(pending, callback).await?;
    println!("The ID token is for {}", user.sub);

    // The access token may belong to another user. Expect the same `sub`.
    let expected = Subject::Expect(&user.sub);
    let userinfo = ory
        .userinfo(&user.access_token, expected)
        .relying_party(registration)
        .await?;
    println!(
        "The user's name is {}",
        userinfo.name().unwrap_or("unknown")
    );

    // The complete URL contains the ID token, so it is not printed.
    let logout = ory.end_session(&user.id_token).url()?;
    println!("To log out, send the browser to {}?…", logout.path());
    Ok(())
}

/// Serves the redirect URI until the browser arrives.
async fn wait_for_browser(listener: TcpListener) -> Result<Callback, Box<dyn Error>> {
    let (sender, mut receiver) = mpsc::channel(1);
    let page = move |Query(callback): Query<Callback>| async move {
        // Only the first one counts.
        let _ = sender.try_send(callback);
        "Return to the terminal."
    };
    let routes = Router::new().route("/callback", get(page));
    tokio::select! {
        served = axum::serve(listener, routes) => served?,
        callback = receiver.recv() => return callback.ok_or_else(|| "the callback was not received".into()),
    }
    Err("the server of the redirect URI stopped".into())
}
