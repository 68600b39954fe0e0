//! Logs in with the `openidconnect` crate, which takes over what this one discovers and registers,
//! then asks who the user is and makes the URL that logs out.
//!
//! `ORY_URL=http://127.0.0.1:4444 cargo run --example openidconnect`, and open the address that it
//! prints. `ORY_ISSUER` names the issuer where that is not the same. There is no log-in at the
//! double, so a server has to be named: in this repository,
//! `node crates/ory-oidc/tests/provider/server.mjs` is one.
//!
//! The hand-over itself is in `webapp/login.rs`.

#![allow(clippy::print_stdout)]

// Each example uses a part of this.
#[allow(dead_code)]
#[path = "webapp/login.rs"]
mod login;

use axum::Router;
use axum::extract::Query;
use axum::routing::get;
use login::{Callback, Login};
use ory_oidc::{Client, ClientMetadata, Registration, Subject};
use std::env;
use std::error::Error;
use tokio::net::TcpListener;
use tokio::sync::mpsc;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let url = env::var("ORY_URL").map_err(|_| "ORY_URL names the server to log in at")?;
    let mut ory = Client::builder(url).user_agent("ory-oidc-example/0.1");
    if let Ok(issuer) = env::var("ORY_ISSUER") {
        ory = ory.issuer(issuer);
    }
    let ory = ory.build()?;

    // A registration for this one run, with the port of this one run.
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let redirect_uri = format!("http://{}/callback", listener.local_addr()?);
    let wanted = ClientMetadata::new([&redirect_uri]).scope(["openid", "profile"]);
    let registration = ory.register(&wanted).await?;
    let result = log_in(&ory, &registration, &redirect_uri, listener).await;
    ory.delete_registration(&registration).await?;
    result
}

async fn log_in(
    ory: &Client,
    registration: &Registration,
    redirect_uri: &str,
    listener: TcpListener,
) -> Result<(), Box<dyn Error>> {
    let login = Login::new(ory, registration, redirect_uri).await?;
    let (url, pending) = login.start(&["profile"]);
    println!("open {url}");

    let callback = wait_for_browser(listener).await?;
    let user = login.finish(pending, callback).await?;
    println!("the ID token is {}'s", user.sub);

    // The access token may be somebody else's, as far as userinfo goes: expect the same `sub`.
    let expected = Subject::Expect(&user.sub);
    let userinfo = ory
        .userinfo(&user.access_token, expected)
        .relying_party(registration)
        .await?;
    println!("userinfo says {}", userinfo.name().unwrap_or("no name"));

    // The whole of it holds the ID token: for the browser, not for a terminal.
    let logout = ory.end_session(&user.id_token).url()?;
    println!("to log out, send the browser to {}?…", logout.path());
    Ok(())
}

/// Serves the redirect URI until the browser has been there.
async fn wait_for_browser(listener: TcpListener) -> Result<Callback, Box<dyn Error>> {
    let (arrived, mut arrival) = mpsc::channel(1);
    let page = move |Query(callback): Query<Callback>| async move {
        // A second one is of no interest.
        let _ = arrived.try_send(callback);
        "Back to the terminal."
    };
    let routes = Router::new().route("/callback", get(page));
    tokio::select! {
        served = axum::serve(listener, routes) => served?,
        callback = arrival.recv() => return callback.ok_or_else(|| "nobody came".into()),
    }
    Err("the redirect URI is served no more".into())
}
