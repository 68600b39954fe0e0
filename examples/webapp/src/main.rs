//! Registers the web app and serves it. The README lists the settings.

#![allow(clippy::print_stdout)]

use ory_oidc::Client;
use ory_oidc_keeper::{FileStore, Keeper, MemoryStore};
use ory_oidc_webapp::http;
use ory_oidc_webapp::registration::client_metadata;
use ory_oidc_webapp::routes::router;
use ory_oidc_webapp::state::App;
use std::env;
use std::error::Error;
use std::future::pending;
use tokio::net::TcpListener;
#[cfg(unix)]
use tokio::signal::unix::{SignalKind, signal};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let setting = |name, default: &str| env::var(name).unwrap_or_else(|_| default.to_owned());

    let listen = setting("LISTEN", "127.0.0.1:3000");
    let (host, _) = listen
        .rsplit_once(':')
        .ok_or("invalid LISTEN: expected host:port")?;
    let listener = TcpListener::bind(&listen).await?;
    let port = listener.local_addr()?.port();
    let url = setting("APP_URL", &format!("http://{host}:{port}"));
    let url = url.trim_end_matches('/').to_owned();

    let http = http::client("ory-oidc-webapp/0.1")?;
    let mut ory =
        Client::builder(setting("ORY_URL", "http://127.0.0.1:4444")).http_client(http.clone());
    if let Ok(issuer) = env::var("ORY_PUBLIC_ISSUER") {
        ory = ory.public_issuer(issuer).allow_insecure_http(true);
    } else if let Ok(issuer) = env::var("ORY_ISSUER") {
        ory = ory.issuer(issuer);
    }
    let ory = ory.build()?;

    let store = env::var_os("ORY_STORE");
    let keeper = match &store {
        Some(directory) => Keeper::new(ory.clone(), FileStore::open(directory)?, "webapp"),
        None => Keeper::new(ory.clone(), MemoryStore::new(), "webapp"),
    };
    let wanted = client_metadata(&url);
    let registration = keeper.ensure_registered(&wanted).await?.into_registration();

    println!("The app is at {url}");
    let app = App::new(ory, http, registration, url);
    axum::serve(listener, router(app))
        .with_graceful_shutdown(stopped())
        .await?;
    if store.is_none() {
        keeper.retire().await?;
    }
    Ok(())
}

/// Waits for Ctrl-C, or for the signal with which process managers stop a program. If signals are not
/// available, waits until the process is killed.
async fn stopped() {
    let interrupted = async {
        if tokio::signal::ctrl_c().await.is_err() {
            pending::<()>().await;
        }
    };
    #[cfg(unix)]
    let terminated = async {
        match signal(SignalKind::terminate()) {
            Ok(mut terminate) => drop(terminate.recv().await),
            Err(_) => pending().await,
        }
    };
    #[cfg(not(unix))]
    let terminated = pending();
    tokio::select! {
        () = interrupted => {}
        () = terminated => {}
    }
}
